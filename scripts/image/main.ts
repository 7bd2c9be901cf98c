import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'

import { readFlags } from '../read-flags.ts'
import type { ImageArchitecture } from './node-files.ts'
import { nodeSourceOfThisMachine } from './node-source.ts'
import { operatorImage, operatorImageName, operatorLayers } from './operator-image.ts'
import { writeImage } from './write-image.ts'

const root = join(import.meta.dirname, '../..')

const help = `Builds the operator's image without a registry and without a daemon.

npm run image -- [flags]

  --output <file>       the image as an archive with the OCI layout (dist/s3-audit-operator-image.tar)
  --name <name:tag>     the name it gets where it is loaded (${operatorImageName})
  --directory <folder>  write the files of the image there instead
  --node <file>         the Node that goes into the image (the one that package-lock.json pins)
  --root <folder>       the file system that the C library is taken from (/)
  --architecture <name> amd64 or arm64: that of --node and --root (this machine's)
  --help                this text

Load it: docker load -i <file>, podman load -i <file>, ctr -n k8s.io images import <file>, kind load image-archive <file>.
Push it: skopeo copy oci-archive:<file> docker://<registry>/<name>:<tag>
`

const { values } = readFlags(
  {
    options: {
      output: { type: 'string', default: join(root, 'dist/s3-audit-operator-image.tar') },
      name: { type: 'string', default: operatorImageName },
      directory: { type: 'string' },
      node: { type: 'string' },
      root: { type: 'string' },
      architecture: { type: 'string' },
    },
  },
  help,
)

try {
  execFileSync(process.execPath, [join(root, 'scripts/build.ts')], { stdio: 'inherit' })
  if (values.directory === undefined) await writeArchive(resolve(values.output))
  else await writeDirectory(resolve(values.directory))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function writeArchive(output: string): Promise<void> {
  const { bytes, digest } = await writeImage(output, operatorImage({ ...source(), name: values.name }))
  console.log(`Wrote ${relative(process.cwd(), output)}: ${values.name}, ${(bytes / 1e6).toFixed(1)} MB, ${digest}`)
}

async function writeDirectory(directory: string): Promise<void> {
  for (const entry of operatorLayers(source()).flat()) {
    const path = join(directory, entry.path)
    if (entry.type === 'directory') await mkdir(path, { recursive: true, mode: entry.mode })
    if (entry.type === 'file') await writeFile(path, entry.content, { mode: entry.mode })
  }
  console.log(`Wrote the files of the image to ${directory}`)
}

function source(): Parameters<typeof operatorLayers>[0] {
  const { node, root: from, architecture } = values
  if (node !== undefined && from !== undefined && isArchitecture(architecture))
    return { node, root: from, architecture }
  if (node === undefined && from === undefined && architecture === undefined) return nodeSourceOfThisMachine()
  throw new Error('--node, --root and --architecture (amd64 or arm64) belong together')
}

function isArchitecture(text: string | undefined): text is ImageArchitecture {
  return text === 'amd64' || text === 'arm64'
}

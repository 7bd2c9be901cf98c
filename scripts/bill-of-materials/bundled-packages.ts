/** As much of esbuild's metafile as is looked at. */
export interface BundleMetadata {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >
}

/** An entry of package-lock.json, as much of it as is looked at. */
export interface LockedPackage {
  readonly version?: string
  readonly integrity?: string
  readonly license?: string
}

/** A package of which something is in the bundle. */
export interface BundledPackage {
  /** With its scope: `@kubernetes/client-node`. */
  readonly name: string
  readonly version: string
  /** As npm writes it: `sha512-<base64>`, of the published archive. */
  readonly integrity: string | undefined
  /** An SPDX expression. */
  readonly license: string | undefined
}

/**
 * The packages that a bundle holds code of, by name: not all that are installed, and not those of which nothing was left.
 *
 * @param packages those of package-lock.json, by their folders.
 * @throws {Error} for code of a package that is not in the lock file.
 */
export function bundledPackages(
  metadata: BundleMetadata,
  packages: Readonly<Record<string, LockedPackage>>,
): readonly BundledPackage[] {
  const inputs = Object.values(metadata.outputs).flatMap((output) => Object.entries(output.inputs))
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).flatMap(([path]) => folderOf(path) ?? [])
  return [...new Set(used)]
    .map((folder) => {
      const locked = packages[folder]
      if (locked?.version === undefined) {
        throw new Error(`The bundle has code of ${folder}, which package-lock.json does not name: run npm install`)
      }
      const { version, integrity, license } = locked
      return { name: folder.slice(folder.lastIndexOf('node_modules/') + 13), version, integrity, license }
    })
    .sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1))
}

/** The package's folder for a file of it, which can be inside of another package. */
function folderOf(path: string): string | undefined {
  return /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/@]+)\//.exec(path)?.[1]
}

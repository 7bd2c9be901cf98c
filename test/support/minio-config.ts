import type { MinioServer } from '../control-plane/minio.ts'

/** One audit target as `mc` sees it, keys as the server prints them. */
export type MinioTarget = Readonly<Record<string, string>>

const targetLine = /^(?:# )?audit_webhook(?::(\S+))? (.*)$/s

/** The lines of the audit targets in `mc admin config export`, in its order. */
export async function exportedLines(minio: MinioServer): Promise<readonly string[]> {
  const text = await runMc(minio, ['admin', 'config', 'export', 'local'])
  return text.split('\n').filter((line) => targetLine.test(line))
}

/**
 * All audit targets of the server by name (empty: the default one), tokens included, as `mc admin config export` prints them. It
 * comments targets out that are off, and leaves `enable` away where it is on.
 */
export async function exportedTargets(minio: MinioServer): Promise<ReadonlyMap<string, MinioTarget>> {
  const targets = new Map<string, MinioTarget>()
  for (const line of await exportedLines(minio)) {
    const [, name = '', rest = ''] = targetLine.exec(line) ?? []
    const pairs = [...rest.matchAll(/(?<=^| )([a-z_]+)=(?:"([^"]*)"|([^ ]*))/g)]
    const values = pairs.map(([, key = '', quoted, plain = '']) => [key, quoted ?? plain] as const)
    targets.set(name, { enable: 'on', ...Object.fromEntries(values) })
  }
  return targets
}

/** Sets keys of one target, as an administrator would by hand. */
export async function setTarget(minio: MinioServer, name: string, values: MinioTarget): Promise<void> {
  const pairs = Object.entries(values).map(([key, value]) => `${key}=${value}`)
  await runMc(minio, ['admin', 'config', 'set', 'local', `audit_webhook:${name}`, ...pairs])
}

/** Takes one target away. */
export async function resetTarget(minio: MinioServer, name: string): Promise<void> {
  await runMc(minio, ['admin', 'config', 'reset', 'local', `audit_webhook:${name}`])
}

/** Runs `mc` and gives its output. @throws Error with its error output when it fails. */
export async function runMc(minio: MinioServer, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await minio.mc(args)
  if (code === 0) return stdout
  throw new Error(`mc ${args.slice(0, 3).join(' ')} failed: ${stderr.trim()}`)
}

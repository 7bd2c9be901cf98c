import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Makes a cgroup of this name below the root of every hierarchy, versions 1 and 2 alike, with all controllers that there are. */
export async function makeCgroup(name: string): Promise<void> {
  for (const hierarchy of hierarchies()) {
    const path = join(hierarchy, name)
    await enableControllers(hierarchy)
    await mkdir(path, { recursive: true })
    await enableControllers(path)
    // A new group of version 1 may use no CPU and no memory until it is told which.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (!existsSync(join(path, file)) || existsSync(join(path, 'cgroup.controllers'))) continue
      await writeFile(join(path, file), await readFile(join(hierarchy, file)))
    }
  }
}

/** Removes a cgroup with all below it, once the processes in it are gone. @throws {Error} when they are still there after 15 s. */
export async function removeCgroup(name: string): Promise<void> {
  const deadline = performance.now() + 15_000
  for (const hierarchy of hierarchies()) {
    const path = join(hierarchy, name)
    for (;;) {
      try {
        await removeTree(path)
        break
      } catch (error) {
        if (performance.now() > deadline) throw error
        await sleep(50)
      }
    }
  }
}

/** Groups have files that cannot be removed, and go with their folder. */
async function removeTree(path: string): Promise<void> {
  if (!existsSync(path)) return
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeTree(join(path, entry.name))
  }
  await rmdir(path)
}

/** Version 2 alone: what a group does not pass on, those below it do not have. */
async function enableControllers(path: string): Promise<void> {
  const controllers = await readFile(join(path, 'cgroup.controllers'), 'utf8').catch(() => '')
  for (const controller of controllers.split(/\s+/).filter((word) => word !== '')) {
    // Some cannot be passed on, such as those of real-time processes: the kubelet tells when one is wanting.
    await writeFile(join(path, 'cgroup.subtree_control'), `+${controller}`).catch(() => undefined)
  }
}

function hierarchies(): readonly string[] {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n')
  const paths = mounts.flatMap((line) => {
    const [, path = '', type = ''] = line.split(' ')
    return type === 'cgroup' || type === 'cgroup2' ? [path] : []
  })
  return [...new Set(paths)]
}

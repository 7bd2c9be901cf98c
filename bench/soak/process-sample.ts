import { readdir, readFile, readlink } from 'node:fs/promises'

/** One look at a process from outside (Linux: /proc). */
export interface ProcessSample {
  readonly rssBytes: number
  /** User and system time since its start. */
  readonly cpuSeconds: number
  /** Descriptors that are TCP or other sockets. */
  readonly sockets: number
  /** Connections to the port that was asked for, by their local port: a new one has a new number. */
  readonly connections: readonly number[]
}

/** Of every Linux that Node runs on: USER_HZ, in which /proc counts. */
const ticksPerSecond = 100

/** @throws Error when there is no such process, or no /proc. */
export async function sampleProcess(pid: number, remotePort: number): Promise<ProcessSample> {
  const [status, stat, tcp, sockets] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/net/tcp`, 'utf8'),
    readSockets(pid),
  ])
  // The name of the process, in brackets, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const remote = `:${remotePort.toString(16).toUpperCase().padStart(4, '0')}`
  const connections = tcp
    .split('\n')
    .filter((line) => line.includes(remote))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remoteAddress = '', , , , , , , inode = '']) => remoteAddress.endsWith(remote) && sockets.has(inode))
    .map(([, localAddress = '']) => Number.parseInt(localAddress.slice(localAddress.indexOf(':') + 1), 16))
  return {
    rssBytes: rssIn(status),
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    sockets: sockets.size,
    connections,
  }
}

/** The RSS alone, which can be asked often: with ten thousand servers on the machine the list of connections takes long to read. */
export async function readRssBytes(pid: number): Promise<number> {
  return rssIn(await readFile(`/proc/${pid}/status`, 'utf8'))
}

function rssIn(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
}

/** Inodes of the sockets among the process's descriptors. */
async function readSockets(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`
  const links = await Promise.all(
    // A descriptor may be gone by the time it is looked at.
    (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => '')),
  )
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}

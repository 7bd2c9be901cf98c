import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import process from 'node:process'

// What `npm run demo`, `npm test`, `npm run bench`, `npm run e2e` and `npm run image` start on a machine that has seen nothing of the project: installs
// the packages when they are not those of package-lock.json, then hands over to the version of Node that the packages
// bring. Written in plain JavaScript because the Node that begins may be too old for TypeScript.

const oldestNode = 20
/** What each command starts; tests are started in another way. */
const programs = new Map([
  ['demo', 'demo/main.ts'],
  ['bench', 'bench/main.ts'],
  ['e2e', 'test/e2e/main.ts'],
  ['image', 'scripts/image/main.ts'],
])
const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const modules = join(root, 'node_modules')

/** Ends the process with one line instead of a stack. */
class SetupError extends Error {
  /** @param {string} message @param {number} exitCode */
  constructor(message, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  if (error.message !== '') console.error(error.message)
  process.exitCode = error.exitCode
}

/** @param {string[]} argv */
async function main([command, ...args]) {
  const program = programs.get(command ?? '')
  if (program === undefined && command !== 'test') {
    throw new SetupError(`Usage: with-setup.mjs test|${[...programs.keys()].join('|')} [arguments]`, 2)
  }
  if (majorOf(process.versions.node) < oldestNode) {
    throw new SetupError(`Node ${process.versions.node} is too old: install Node >= ${oldestNode} and try again`)
  }
  if (!isInstalled()) await install()
  const node = findNode()
  if (program !== undefined) return run(node, [program, ...args])
  // The time-outs of the tests do not allow for builds that take minutes.
  if (needsServers(args)) await run(node, ['test/control-plane/prepare.ts'])
  return run(node, ['node_modules/vitest/vitest.mjs', 'run', ...args])
}

/** Whether node_modules holds what package-lock.json says; npm keeps its own record of what it has put there. */
function isInstalled() {
  const record = join(modules, '.package-lock.json')
  if (!existsSync(record)) return false
  const installed = packagesIn(record)
  return Object.entries(packagesIn(join(root, 'package-lock.json'))).every(([path, wanted]) => {
    // The entry without a path is the project itself; optional packages are left out on platforms that they are not for.
    if (path === '' || (wanted.optional && installed[path] === undefined)) return true
    return installed[path]?.version === wanted.version && installed[path]?.integrity === wanted.integrity
  })
}

/**
 * @typedef {{ readonly version?: string, readonly integrity?: string, readonly optional?: boolean }} LockedPackage
 * @param {string} path of a lock file of npm
 */
function packagesIn(path) {
  const lockFile = /** @type {{ readonly packages: Readonly<Record<string, LockedPackage>> }} */ (readJson(path))
  return lockFile.packages
}

/** @param {string} path @returns {unknown} */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

async function install() {
  const start = performance.now()
  const what = 'Installing packages (npm install)'
  console.error(`${what} ...`)
  const timer = setInterval(() => {
    console.error(`${what} ... ${Math.round((performance.now() - start) / 1000)} s`)
  }, 15_000)
  // Like `npm ci` it installs the versions of the lock file and leaves that file alone, but it does not insist on
  // entries for the optional packages of all other platforms.
  const args = ['install', '--no-save', '--loglevel=error']
  try {
    // npm names itself to the scripts it runs: it need not be on PATH.
    const npm = process.env['npm_execpath']
    if (npm?.endsWith('npm-cli.js')) await run(process.execPath, [npm, ...args])
    else await run('npm', args)
  } finally {
    clearInterval(timer)
  }
}

/** The Node of the packages; on platforms without one that of the system, when it is new enough. */
function findNode() {
  const packaged = join(modules, '.bin', 'node')
  // It can be there and not run, on a system with another C library.
  if (spawnSync(packaged, ['--version']).status === 0) return packaged
  const manifest = /** @type {{ readonly engines: { readonly node: string } }} */ (readJson(join(root, 'package.json')))
  const wanted = manifest.engines.node
  const [major = 0, minor = 0] = wanted.replace('>=', '').split('.').map(Number)
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number)
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return process.execPath
  throw new SetupError(
    `Node ${wanted} is needed, this is ${process.versions.node}, and there is no package of Node for ${process.platform}-${process.arch}: install it`,
  )
}

/** @param {string[]} args of vitest */
function needsServers(args) {
  return !/--project[= ]unit\b/.test(args.join(' '))
}

/** @param {string} version */
function majorOf(version) {
  return Number(version.split('.')[0])
}

/**
 * Runs a program to its end in the project's folder.
 *
 * @param {string} file
 * @param {string[]} args
 * @throws {SetupError} with the exit code of a program that fails, which has told the reason itself
 */
async function run(file, args) {
  const env = { ...process.env, PATH: [join(modules, '.bin'), process.env['PATH']].join(delimiter) }
  const child = spawn(file, args, { cwd: root, env, stdio: 'inherit' })
  const forward = (/** @type {NodeJS.Signals} */ signal) => {
    // A terminal sends Ctrl-C to both; a second one would mean impatience.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
  for (const signal of signals) process.on(signal, forward)
  /** @type {Promise<number>} */
  const ended = new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new SetupError(`${file} cannot be started: ${error.message}`)))
    child.once('exit', (exitCode, signal) =>
      resolve(signal === null ? (exitCode ?? 1) : 128 + constants.signals[signal]),
    )
  })
  const code = await ended
  for (const signal of signals) process.off(signal, forward)
  if (code !== 0) throw new SetupError('', code)
}

import { readFileSync } from 'node:fs'

/** Fails the run at once when `npm ci` was skipped and an older system Node would run the tests. */
const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  engines: { node: string }
}
const [major = 0, minor = 0] = engines.node.replace('>=', '').split('.').map(Number)
const [runningMajor = 0, runningMinor = 0] = process.versions.node.split('.').map(Number)
if (runningMajor < major || (runningMajor === major && runningMinor < minor)) {
  throw new Error(
    `Node ${process.versions.node} runs the tests, ${engines.node} is needed. Start them with 'npm test'.`,
  )
}

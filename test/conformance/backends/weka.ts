import type { ConformanceBackend } from '../provider-harness.ts'
import { startWekaHarness } from '../weka-harness.ts'

const lacks: ConformanceBackend['lacks'] = {
  holdEvents: 'WEKA tells nothing about what it sends: no queue, no counter.',
}

export const backends: readonly ConformanceBackend[] = [
  {
    name: 'WEKA, as documented',
    description: 'The simulator with three backends over TLS, as the published API description has it.',
    lacks,
    start: () => startWekaHarness(),
  },
  {
    name: 'WEKA, where the documentation is silent',
    description:
      'The same, with the other reading wherever no source tells which one is right: names and quotes of the token, arrays for ' +
      'objects, a fresh cluster that says it is off, a switch-off that forgets, refuses or does not restart anything.',
    lacks,
    start: () =>
      startWekaHarness({
        tokenField: 'auth_token',
        tokenDisplay: 'quoted',
        loginDataAsArray: true,
        freshEnabled: false,
        disableClears: true,
        disableTwiceStatus: 400,
        readinessRoute: false,
        restartMilliseconds: 0,
      }),
  },
  {
    name: 'WEKA, at its least helpful',
    description:
      'The same again: tokens are masked, errors come with status 200 and are told by the body alone, no endpoint is found wrong, ' +
      'and every answer and every change takes its time.',
    lacks,
    start: () =>
      startWekaHarness({
        tokenDisplay: 'masked',
        errorsWithStatus200: true,
        noS3Status: 404,
        acceptAnyEndpoint: true,
        latencyMilliseconds: 10,
        changeLatencyMilliseconds: 100,
        restartMilliseconds: 0,
      }),
  },
]

import { describeProvider } from './provider-suite.ts'
import { startWekaHarness } from './weka-harness.ts'

describeProvider('WEKA, as documented,', () => startWekaHarness())

// What no source tells: the provider must do with either.
describeProvider('WEKA, where the documentation is silent,', () =>
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
)

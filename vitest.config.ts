import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    reporters: ['default'],
    // Most of the time of most files goes into waiting for servers, so many more of them than there are cores.
    maxWorkers: 5,
    // No module holds state, so that files can share a process: most of what a short one costs is its start.
    isolate: false,
    setupFiles: ['test/support/require-node.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // For what hangs; a machine that has no time for a test is no failure.
          testTimeout: 20_000,
          include: [
            'src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'test/simulators/**/*.test.ts',
            'test/support/**/*.test.ts',
            'test/e2e/**/*.test.ts',
            'test/model/**/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/control-plane/**/*.test.ts'],
          globalSetup: ['test/control-plane/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})

export default config

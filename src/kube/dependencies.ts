import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'
import type { RestClient } from './rest-client.ts'
import type { RuntimeMetrics } from './runtime-metrics.ts'

/** What the parts of the runtime are given, so that whoever starts them decides on time, chance and the way to the API server. */
export interface Dependencies {
  readonly client: RestClient
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly metrics: RuntimeMetrics
}

import type { Clock } from '../../../src/kube/clock.ts'
import { auditEvent, type S3Request } from './audit-event.ts'
import { createSender, type DeliveryMode, type Sender, type SenderCounts } from './sender.ts'
import type { WekaContainer, WekaState } from './state.ts'
import { countOperation } from './statistics.ts'

export interface DeliveryOptions {
  readonly mode: DeliveryMode
  /** PEM that the S3 servers trust the target by; absent: the system's roots. */
  readonly caPem?: string | undefined
}

export interface ServerDelivery extends SenderCounts {
  readonly server: string
}

/** The sending half of the S3 service: one sender for each of its servers. */
export interface Delivery extends AsyncDisposable {
  /** All servers restart and send by the webhook as it then is; they serve again at `readyAt` of their containers. */
  restart(): void
  /** Lets a server answer the call, the next one in turn. @returns its name; undefined when none is ready. */
  serve(request: S3Request): string | undefined
  report(): readonly ServerDelivery[]
}

export function createDelivery(state: WekaState, clock: Clock, options: DeliveryOptions): Delivery {
  const senders = new Map<string, Sender>()
  const timers = new Map<string, Disposable>()
  let number = Math.floor(clock.now())
  let turn = 0

  function senderOf(server: WekaContainer): Sender {
    const sender = senders.get(server.uid) ?? createSender(options.mode, clock)
    senders.set(server.uid, sender)
    return sender
  }

  async function start(server: WekaContainer): Promise<void> {
    const { enabled, endpoint, authToken } = state.audit
    const on = state.s3.exists && enabled && endpoint !== ''
    await senderOf(server).start(
      on ? { endpoint, authorization: withoutQuotes(authToken), caPem: options.caPem } : undefined,
    )
  }

  return {
    restart() {
      for (const server of state.s3.containers) {
        timers.get(server.uid)?.[Symbol.dispose]()
        const wait = server.readyAt - clock.monotonic()
        if (wait <= 0) {
          void start(server)
        } else {
          void senderOf(server).stop()
          timers.set(
            server.uid,
            clock.timer(wait, () => void start(server)),
          )
        }
      }
    },
    serve(request) {
      const ready = state.s3.containers.filter(({ readyAt }) => readyAt <= clock.monotonic())
      const server = ready[turn % ready.length]
      if (!state.s3.exists || server === undefined) return undefined
      turn++
      countOperation(state, clock)
      if (state.audit.enabled && state.audit.endpoint !== '') {
        senderOf(server).enqueue(JSON.stringify(auditEvent(request, { state, server, clock, number: ++number })))
      }
      return server.hostname
    },
    report: () => state.s3.containers.map((server) => ({ server: server.hostname, ...senderOf(server).counts })),
    async [Symbol.asyncDispose]() {
      for (const timer of timers.values()) timer[Symbol.dispose]()
      await Promise.all([...senders.values()].map((sender) => sender[Symbol.asyncDispose]()))
    },
  }
}

/** The servers' configuration parser takes one layer of quotes off, escaped as the CLI's examples have them or not. */
function withoutQuotes(token: string): string {
  return (
    /^\s*(?:\\"(.*)\\"|"(.*)")\s*$/s
      .exec(token)
      ?.slice(1)
      .find((inner) => inner !== undefined) ?? token
  )
}

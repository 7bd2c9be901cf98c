import type { EventReason } from '../../src/api/reasons.ts'

/** When a Kubernetes Event is recorded, and of which type. */
export interface EventText {
  readonly type: 'Normal' | 'Warning'
  readonly meaning: string
}

export const eventTexts: Readonly<Record<EventReason, EventText>> = {
  WebhookApplied: { type: 'Normal', meaning: 'The webhook was set on the cluster and read back.' },
  WebhookDisabled: { type: 'Normal', meaning: 'The webhook was switched off because `spec.enabled` is false.' },
  WebhookRemoved: {
    type: 'Normal',
    meaning: 'The resource was deleted and the webhook taken off the cluster (WEKA: disabled).',
  },
  WebhookLeftBehind: {
    type: 'Warning',
    meaning:
      'The resource was deleted and its webhook stays on the cluster; the note says why. Remove it by hand if it is not wanted.',
  },
  DriftDetected: { type: 'Warning', meaning: 'Something else changed the webhook on the cluster.' },
  DriftRepaired: { type: 'Normal', meaning: 'The webhook was set back to what the spec says.' },
  Conflict: { type: 'Warning', meaning: 'Another resource owns the webhook of this cluster.' },
  TargetUnreachable: { type: 'Warning', meaning: 'The target does not answer.' },
  TargetRejecting: { type: 'Warning', meaning: 'The target answers and refuses: waiting will not help.' },
  TargetDegraded: { type: 'Warning', meaning: 'The target works, but slowly, or not for long.' },
  TargetRecovered: { type: 'Normal', meaning: 'The target takes events again.' },
  TargetTested: {
    type: 'Normal',
    meaning:
      'A test that was asked for has ended; the note tells level by level what came back. Warning where a level failed.',
  },
  TestEventAccepted: { type: 'Normal', meaning: 'The first test event, or one that was asked for, was accepted.' },
  ChangeRefused: { type: 'Warning', meaning: 'The target refuses the new setting; the old one stays in force.' },
  BufferAtRisk: { type: 'Warning', meaning: 'Less time is left than a human needs.' },
  BufferFull: { type: 'Warning', meaning: 'The buffer is full: events are being thrown away.' },
  BufferDrained: { type: 'Normal', meaning: 'The backlog of an outage is gone.' },
  EventsLost: { type: 'Warning', meaning: 'Events were lost; the note says how many and why.' },
  BufferTooSmall: {
    type: 'Warning',
    meaning: 'All is well, but at the usual rate the buffer would fill in less time than `buffer.atRiskSeconds`.',
  },
  SecretNotFound: { type: 'Warning', meaning: 'The Secret with the token does not exist.' },
  CredentialsRejected: { type: 'Warning', meaning: 'The cluster does not take the credentials of the S3Cluster.' },
}

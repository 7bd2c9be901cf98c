import type { BufferStatus } from '../api/s3-audit-webhook-status.ts'
import type { BufferJudgement } from './buffer-judgement.ts'

/**
 * What can honestly be said where nothing is known about a buffer: how long the outage lasts, and no figure. The sender that
 * WEKA's descends from never retries, so loss may begin with the outage.
 * @param outageStartTime RFC 3339; undefined while the target takes events
 * @param options.remedy how an estimate can be had, a sentence
 * @param options.rate the one figure that is known, where it is
 */
export function unknownBuffer(
  outageStartTime: string | undefined,
  options: {
    readonly remedy?: string
    readonly rate?: Pick<BufferStatus, 'eventsPerMinute' | 'rateBasis'> | undefined
  } = {},
): BufferJudgement {
  const { remedy, rate } = options
  const message =
    outageStartTime === undefined
      ? 'The S3 cluster does not tell how full its buffer is.'
      : 'The target does not take events and the S3 cluster does not tell how full its buffer is: events may already be lost. Mend the target now.'
  return {
    reason: 'NoEstimate',
    message: remedy === undefined ? message : `${message} ${remedy}`,
    status: {
      state: 'Unknown',
      summary: '?',
      ...rate,
      ...(outageStartTime === undefined ? {} : { outageStartTime }),
    },
  }
}

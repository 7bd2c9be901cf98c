import type { BufferJudgement } from './buffer-judgement.ts'

/**
 * What can honestly be said where nothing is known about a buffer: how long the outage lasts, and no figure. The sender that
 * WEKA's descends from never retries, so loss may begin with the outage.
 * @param outageStartTime RFC 3339; undefined while the target takes events
 * @param remedy how an estimate can be had, a sentence
 */
export function unknownBuffer(outageStartTime: string | undefined, remedy?: string): BufferJudgement {
  const message =
    outageStartTime === undefined
      ? 'The S3 cluster does not tell how full its buffer is.'
      : 'The target does not take events and the S3 cluster does not tell how full its buffer is: events may already be lost. Mend the target now.'
  return {
    reason: 'NoEstimate',
    message: remedy === undefined ? message : `${message} ${remedy}`,
    status: { state: 'Unknown', summary: '?', ...(outageStartTime === undefined ? {} : { outageStartTime }) },
  }
}

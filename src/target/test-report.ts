import { hecUrls } from './hec-urls.ts'
import type { TargetSpec } from './ladder.ts'
import type { LadderLevel, Verdict } from './verdict.ts'

/** One level of a climb, in words. */
export interface ReportRow {
  readonly level: string
  readonly sent: string
  readonly cameBack: string
  readonly verdict: string
  /** What it means, and what to do where something is to be done. */
  readonly meaning: string
}

/** Tells a climb of the ladder level by level; a level that was not reached says so. Without the query, which may hold keys. */
export function reportTest(
  target: Pick<TargetSpec, 'endpoint' | 'targetType' | 'healthPath'>,
  levels: readonly LadderLevel[],
  verdicts: readonly Verdict[],
): readonly ReportRow[] {
  const failure = verdicts.find(({ class: found }) => found !== 'ok' && found !== 'warning')
  return levels.flatMap((level) => {
    const verdict = verdicts.find((found) => found.level === level)
    const sent = sentAt(target, level)
    if (verdict !== undefined) {
      return [
        {
          level: String(level),
          sent,
          cameBack: cameBack(verdict),
          verdict: `${verdict.class} ${verdict.reason}`,
          meaning: verdict.message,
        },
      ]
    }
    // Without a verdict and a failure below it, it is a level that this type of target does not have.
    return failure !== undefined && failure.level < level
      ? [{ level: String(level), sent: '-', cameBack: '-', verdict: 'not run', meaning: '' }]
      : []
  })
}

function sentAt({ endpoint, targetType, healthPath }: Parameters<typeof reportTest>[0], level: LadderLevel): string {
  const isHec = targetType === 'SplunkHEC'
  if (level === 0) return endpoint.protocol === 'https:' ? 'TCP connection, TLS handshake' : 'TCP connection'
  if (level === 1) return `GET ${isHec ? hecUrls(endpoint).health[0].pathname : pathOf(healthPath ?? '')}`
  return `POST ${endpoint.pathname}, ${level === 2 ? 'empty' : 'one event'}`
}

function pathOf(text: string): string {
  return text.split('?', 1)[0] ?? ''
}

function cameBack({
  level,
  httpStatus,
  hecCode,
  certificateNotAfter,
  durationMilliseconds,
  testId,
  reason,
}: Verdict): string {
  const parts = [
    httpStatus === undefined ? undefined : `HTTP ${httpStatus}`,
    hecCode === undefined ? undefined : `HEC code ${hecCode}`,
    level === 0 && (reason === 'Healthy' || reason === 'CertificateExpiring') ? 'connected' : undefined,
    certificateNotAfter === undefined
      ? undefined
      : `certificate until ${new Date(certificateNotAfter).toISOString().slice(0, 10)}`,
  ].filter((part) => part !== undefined)
  const what = parts.length === 0 ? 'no answer' : parts.join(', ')
  return `${what} in ${Math.round(durationMilliseconds)} ms${testId === undefined ? '' : `, event ${testId}`}`
}

import type { MinioOptions } from '../../api/minio-options.ts'

/** Keys of `audit_webhook` that the `minio` block sets, with the server's defaults (minio internal/logger/config.go). */
export const settingDefaults: Readonly<Record<string, string>> = {
  queue_size: '100000',
  queue_dir: '',
  batch_size: '1',
  max_retry: '0',
  retry_interval: '3s',
  http_timeout: '5s',
}

/** The settings a spec asks for, in MinIO's words and complete: what is absent has the server's default. */
export function minioSettings(options: MinioOptions): Readonly<Record<string, string>> {
  const { queueSize, queueDir, batchSize, maxRetries, retryIntervalSeconds, requestTimeoutSeconds } = options
  return {
    ...settingDefaults,
    ...(queueSize === undefined ? {} : { queue_size: String(queueSize) }),
    ...(queueDir === undefined ? {} : { queue_dir: queueDir }),
    ...(batchSize === undefined ? {} : { batch_size: String(batchSize) }),
    ...(maxRetries === undefined ? {} : { max_retry: String(maxRetries) }),
    ...(retryIntervalSeconds === undefined ? {} : { retry_interval: `${retryIntervalSeconds}s` }),
    ...(requestTimeoutSeconds === undefined ? {} : { http_timeout: `${requestTimeoutSeconds}s` }),
  }
}

/**
 * Stored settings in the form of `minioSettings`: durations in seconds, and the default for a key that is not there, as on an
 * older server that does not know it: only asking for something else is then a difference, and applying it says what is wrong.
 */
export function observedSettings(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(settingDefaults).map(([key, fallback]) => {
      const value = values[key] ?? fallback
      return [key, key === 'retry_interval' || key === 'http_timeout' ? inSeconds(value) : value]
    }),
  )
}

const unitSeconds: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 }

/** A Go duration in seconds (`1m0s` is `60s`); what is none stays as it is, and differs from whatever is wanted. */
function inSeconds(duration: string): string {
  const seconds = durationSeconds(duration)
  return seconds === undefined ? duration : `${seconds}s`
}

/** A Go duration in seconds; undefined for what is none. */
export function durationSeconds(duration: string): number | undefined {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== duration) return undefined
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitSeconds[unit ?? ''] ?? 0), 0)
}

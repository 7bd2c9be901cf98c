import { beforeAll, describe, expect, test } from 'vitest'

import { findCondition } from '../../../src/api/conditions.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { judgeResources, type Judgement } from '../../gitops/judge-resources.ts'
import { argoHealthCheck, fluxExpressions, type ArgoHealthCheck, type Kind } from './health-checks.ts'
import { recordLives, type Lives } from './lives.ts'
import { normalized } from './normalized.ts'
import { stages, type StageName } from './stages.ts'
import type { Version } from './watch-versions.ts'

const argoOf = {
  InProgress: 'Progressing',
  Current: 'Healthy',
  Failed: 'Degraded',
  Terminating: 'Progressing',
} as const
const names = Object.keys(stages) as StageName[]

describe('GitOps tools', () => {
  let lives: Lives
  let checks: Readonly<Record<Kind, ArgoHealthCheck>>
  /** What they make of each version, with the expressions that ask for all, and with those that ask for Synced alone. */
  let judged: ReadonlyMap<Version, Judgement & { readonly fluxSynced: string | undefined }>

  beforeAll(async () => {
    checks = { S3AuditWebhook: await argoHealthCheck('S3AuditWebhook'), S3Cluster: await argoHealthCheck('S3Cluster') }
    const all = await fluxExpressions('kustomizations.yaml')
    const synced = await fluxExpressions('synced-is-enough.yaml')
    lives = await recordLives(await sharedControlPlane())
    const ask = (expressions: typeof all): Promise<readonly Judgement[]> =>
      judgeResources(
        lives.versions.map((object) => ({
          object,
          lua: checks[object.kind].script,
          ...(object.kind === 'S3AuditWebhook' ? { expressions } : {}),
        })),
      )
    const [byAll, bySynced] = await Promise.all([ask(all), ask(synced)])
    judged = new Map(
      byAll.map((judgement, index) => {
        const version = lives.versions[index]
        if (version === undefined) throw new Error('There are more judgements than versions')
        return [version, { ...judgement, fluxSynced: bySynced[index]?.flux }]
      }),
    )
  })

  const judgementOf = (name: StageName): Judgement & { readonly fluxSynced: string | undefined } => {
    const version = lives.stages.get(name)
    const judgement = version === undefined ? undefined : judged.get(version)
    if (judgement === undefined) throw new Error(`Nothing was recorded in the stage ${name}`)
    return judgement
  }

  test.each(names)('see the stage %s as it is meant', (name) => {
    const { kind, kstatus, argo, flux = kstatus, fluxSynced = flux } = stages[name]
    const judgement = judgementOf(name)
    expect({
      kstatus: judgement.kstatus.status,
      fluxKstatus: judgement.fluxKstatus.status,
      argo: judgement.argo?.status,
    }).toEqual({ kstatus, fluxKstatus: kstatus, argo })
    // The expressions are asked of nothing that is being deleted.
    if (kind === 'S3AuditWebhook' && kstatus !== 'Terminating') {
      expect({ flux: judgement.flux, fluxSynced: judgement.fluxSynced }).toEqual({ flux, fluxSynced })
    }
  })

  test('agree about every version of every resource, but for what is suspended', () => {
    expect(judged.size).toBeGreaterThan(names.length)
    for (const [version, { kstatus, fluxKstatus, argo, flux }] of judged) {
      const suspended = findCondition(version.status.conditions ?? [], 'Suspended')?.status === 'True'
      const shown = JSON.stringify(version)
      expect(fluxKstatus.status, shown).toBe(kstatus.status)
      if (kstatus.status === 'Terminating') expect(argo?.status, shown).toBe('Progressing')
      else if (!suspended) {
        expect(argo?.status, shown).toBe(argoOf[kstatus.status as keyof typeof argoOf])
        if (flux !== undefined) expect(flux, shown).toBe(kstatus.status)
      }
    }
  })

  test('see nothing as done before its first Ready, nor as failed on the way there', () => {
    for (const resource of ['steady', 'outage', 'disabled', 'observed']) {
      const all = lives.versions.filter(({ kind, metadata }) => kind === 'S3AuditWebhook' && metadata.name === resource)
      const ready = all.findIndex(({ status }) => findCondition(status.conditions ?? [], 'Ready')?.status === 'True')
      expect(ready).toBeGreaterThan(0)
      for (const version of all.slice(0, ready)) {
        expect(judged.get(version)?.kstatus.status, JSON.stringify(version)).toBe('InProgress')
      }
    }
  })

  test.each(names)('are tested with the stage %s as it is on a real API server', async (name) => {
    const version = lives.stages.get(name)
    if (version === undefined) throw new Error(`Nothing was recorded in the stage ${name}`)
    const text = normalized(version, lives.names)
    expect(text).not.toMatch(/127\.0\.0\.1|canary/u)
    const file = checks[stages[name].kind].path(`testdata/${name.replace(/^cluster_/u, '')}.yaml`)
    await expect(text).toMatchFileSnapshot(file)
  })
})

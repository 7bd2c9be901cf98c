import { randomUUID } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { Agent, request } from 'undici'

import { type IssuedCertificate, openCertificateAuthority } from '../support/certificates.ts'
import { createAuditLogReader, type ApiAuditEvent } from './audit-log.ts'
import { type KubeconfigUser, kubeconfigYaml } from './kubeconfig.ts'
import { type CommandOptions, type CommandResult, runCommand } from './run-command.ts'

/** Where a control plane is and who may do everything there: plain data, so that other processes can be told. */
export interface ControlPlaneAddress {
  /** `https://127.0.0.1:<port>` */
  readonly server: string
  /** The CA of the serving certificate and of users' client certificates. */
  readonly authority: IssuedCertificate & { readonly commonName: string }
  /** Of a user in `system:masters`. */
  readonly adminToken: string
  readonly kubectlPath: string
  /** Exists; gets folders with kubeconfigs and kubectl's cache. */
  readonly directory: string
  /** What the API server records each answered request in; absent when no audit log was asked for. */
  readonly auditLogPath?: string
}

interface AppliedObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** Ways to speak to a control plane. */
export interface ControlPlaneAccess {
  readonly server: string
  readonly caPem: string
  readonly adminToken: string
  /** Of the administrator. */
  readonly kubeconfigPath: string
  /** The content of that file. */
  readonly kubeconfig: string
  /** Runs kubectl as the administrator, whatever its exit code. */
  kubectl(args: readonly string[], options?: Pick<CommandOptions, 'input' | 'signal'>): Promise<CommandResult>
  /** Writes a kubeconfig of a user who may do what RBAC grants to the name and the groups, and returns its path. */
  userKubeconfig(userName: string, groups?: readonly string[]): Promise<string>
  /** Writes a kubeconfig with a token of a service account, good for an hour, and returns its path. @throws {Error} when there is none */
  serviceAccountKubeconfig(account: { readonly namespace: string; readonly name: string }): Promise<string>
  /**
   * Server-side apply of a manifest as GitOps controllers do it: fields of others are taken over, unknown ones refused. For kinds whose
   * plural is the kind and an `s`.
   * @throws {Error} with the answer of the API server when it refuses.
   */
  apply(object: object): Promise<void>
  /** What the API server answers the administrator, as JSON. @throws {Error} on any status but 200 */
  read(path: string): Promise<unknown>
  /** The API server's own metrics as Prometheus text. */
  metrics(): Promise<string>
  /** What the audit log has so far; empty when none was asked for. Each call reads only what is new. */
  auditEvents(): Promise<readonly ApiAuditEvent[]>
}

export async function openControlPlane(address: ControlPlaneAddress): Promise<ControlPlaneAccess> {
  const { server, adminToken } = address
  // Its own, since several processes can have the same address.
  const directory = await mkdtemp(join(address.directory, 'access-'))
  const authority = openCertificateAuthority(address.authority)
  const caPem = authority.certPem
  const kubeconfig = kubeconfigYaml({ server, caPem, user: { token: adminToken } })
  const kubeconfigPath = join(directory, 'admin.kubeconfig')
  await writeFile(kubeconfigPath, kubeconfig, { mode: 0o600 })
  // Its connections close when nothing was asked for some seconds, and until then they keep no process alive.
  const dispatcher = new Agent({ connect: { ca: caPem } })
  const authorization = `Bearer ${adminToken}`
  const get = async (path: string): Promise<string> => {
    const { statusCode, body } = await request(`${server}${path}`, { dispatcher, headers: { authorization } })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`${server}${path} answered ${statusCode}: ${text}`)
    return text
  }
  const apply: ControlPlaneAccess['apply'] = async (object) => {
    const path = pathOf(object as AppliedObject)
    const { statusCode, body } = await request(`${server}${path}`, {
      method: 'PATCH',
      query: { fieldManager: 'gitops', force: true, fieldValidation: 'Strict' },
      dispatcher,
      headers: { authorization, 'content-type': 'application/apply-patch+yaml' },
      body: JSON.stringify(object),
    })
    const text = await body.text()
    if (statusCode < 200 || statusCode > 299) throw new Error(`${path} answered ${statusCode}: ${text}`)
  }
  const kubectl: ControlPlaneAccess['kubectl'] = (args, options) => {
    const env = {
      ...process.env,
      KUBECONFIG: kubeconfigPath,
      // All who speak to the same server share it: what that server can do is asked for once.
      KUBECACHEDIR: join(address.directory, 'kubectl-cache'),
      // Preferences of whoever runs the tests.
      KUBERC: 'off',
    }
    return runCommand(address.kubectlPath, args, { ...options, env })
  }
  const writeKubeconfig = async (user: KubeconfigUser): Promise<string> => {
    const path = join(directory, `${randomUUID()}.kubeconfig`)
    await writeFile(path, kubeconfigYaml({ server, caPem, user }), { mode: 0o600 })
    return path
  }
  return {
    server,
    caPem,
    adminToken,
    kubeconfigPath,
    kubeconfig,
    kubectl,
    apply,
    userKubeconfig: (userName, groups = []) =>
      writeKubeconfig(authority.issue({ commonName: userName, organizations: groups })),
    async serviceAccountKubeconfig({ namespace, name }) {
      const { code, stdout, stderr } = await kubectl(['create', 'token', name, `--namespace=${namespace}`])
      if (code !== 0) throw new Error(`No token of service account ${namespace}/${name}: ${stderr.trim()}`)
      return await writeKubeconfig({ token: stdout.trim() })
    },
    read: async (path) => JSON.parse(await get(path)) as unknown,
    metrics: () => get('/metrics'),
    auditEvents:
      address.auditLogPath === undefined ? () => Promise.resolve([]) : createAuditLogReader(address.auditLogPath),
  }
}

function pathOf({ apiVersion, kind, metadata: { name, namespace } }: AppliedObject): string {
  const root = apiVersion.includes('/') ? 'apis' : 'api'
  const place = namespace === undefined ? '' : `/namespaces/${namespace}`
  return `/${root}/${apiVersion}${place}/${kind.toLowerCase()}s/${name}`
}

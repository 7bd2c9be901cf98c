import { readFile } from 'node:fs/promises'

/** Where Kubernetes puts it for the service account of a pod. */
const podNamespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

/** The namespace of the pod that the process runs in; undefined outside one. */
export async function readPodNamespace(path: string = podNamespaceFile): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.trim() === '' ? undefined : text.trim()
}

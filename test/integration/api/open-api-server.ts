import { startControlPlane } from '../../control-plane/control-plane.ts'
import { connect, type ApiServer } from './api-server.ts'

export async function openApiServer(): Promise<ApiServer> {
  await using stack = new AsyncDisposableStack()
  const server = connect(stack.use(await startControlPlane()))
  const owned = stack.move()
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await owned.disposeAsync()
    },
  }
}

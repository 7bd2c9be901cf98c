import { connect, type Server, type Socket } from 'node:net'
import { pipeline } from 'node:stream'

// Runs in another network namespace and takes connections from the listening socket that it is sent.

const [host = '', port = ''] = process.argv.slice(2)

process.once('message', (_message, server: Server) => {
  server.on('connection', (socket: Socket) => {
    const other = connect({ host, port: Number(port) })
    // An end or an error of one side is the end of the other: there is nobody to tell.
    pipeline(socket, other, socket, () => {
      socket.destroy()
      other.destroy()
    })
  })
  process.send?.('listening')
})
process.once('disconnect', () => process.exit(0))

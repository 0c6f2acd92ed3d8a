// One peer's server, with its own storage in a folder: node --expose-gc server.mjs PEER FOLDER.
// It prints its port, and ends when its standard input does. SIGUSR2 makes it collect its garbage, so that idle memory
// is what connections need.

import { createServer } from 'node:http'
import { join } from 'node:path'
import { WebSocketServer } from 'ws'

const [peer, folder] = process.argv.slice(2)
const HOST = '127.0.0.1'

const listening = server => new Promise(resolve => {
  server.listen(0, HOST, 511, () => resolve(server.address().port))
})

const start = {
  /** y-leveldb, one write for each update: what the server does itself when YPERSISTENCE names a folder. */
  async 'y-websocket' () {
    process.env.YPERSISTENCE = folder
    console.info = () => {}
    const { setupWSConnection } = await import('@y/websocket-server/utils')
    const http = createServer()
    new WebSocketServer({ server: http }).on('connection', setupWSConnection)
    return listening(http)
  },

  /** The SQLite extension, and the debounce that is the default. */
  async hocuspocus () {
    const { Server } = await import('@hocuspocus/server')
    const { SQLite } = await import('@hocuspocus/extension-sqlite')
    const server = new Server({
      address: HOST,
      port: 0,
      quiet: true,
      extensions: [new SQLite({ database: join(folder, 'documents.sqlite') })]
    })
    await server.listen()
    return server.address.port
  },

  /** As automerge-repo's own sync server sets a repository up. */
  async 'automerge-repo' () {
    const { Repo } = await import('@automerge/automerge-repo')
    const { WebSocketServerAdapter } = await import('@automerge/automerge-repo-network-websocket')
    const { NodeFSStorageAdapter } = await import('@automerge/automerge-repo-storage-nodefs')
    const http = createServer()
    const port = await listening(http)
    new Repo({
      network: [new WebSocketServerAdapter(new WebSocketServer({ server: http }))],
      storage: new NodeFSStorageAdapter(folder),
      peerId: 'storage-server',
      sharePolicy: async () => false
    })
    return port
  }
}

process.stdin.resume().on('end', () => process.exit())
process.on('SIGUSR2', () => globalThis.gc?.())
console.log(await start[peer]())

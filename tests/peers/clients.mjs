// The peers' own clients behind one face, and light ones that hold no document.
//
// A client has: add(number), which writes a note; count(), the notes that it has; onNote, called with the number of
// each note that comes in; leave() and comeBack(); bytes(), what its present socket has carried; close().

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import * as encoding from 'lib0/encoding'
import WebSocket from 'ws'
import * as Y from 'yjs'
import * as sync from 'y-protocols/sync'
import { WebsocketProvider } from 'y-websocket'
import { HocuspocusProvider } from '@hocuspocus/provider'
import { ImmutableString, Repo } from '@automerge/automerge-repo'
import { WebSocketClientAdapter } from '@automerge/automerge-repo-network-websocket'
import { words } from './texts.mjs'

const MARK = 'nK7xQ2'
const DIGITS = 6

/** A note's id: as long as 16 random bytes in base64url, with the note's number in it. */
function idOf (number) {
  return MARK + String(number).padStart(DIGITS, '0') + randomBytes(8).toString('base64url').slice(0, 10)
}

const numberOf = id => Number(id.slice(MARK.length, MARK.length + DIGITS))

/** Where a note hangs, as `samsyn bench` hangs it. */
const place = number => ({ x: number % 40 * 180, y: Math.trunc(number / 40) % 40 * 140 })

const carried = socket => ({ received: socket._socket.bytesRead, sent: socket._socket.bytesWritten })

export const until = async (what, patience = 120_000) => {
  for (const end = Date.now() + patience; !what();) {
    if (Date.now() > end) throw new Error(`not within ${patience / 1000} s: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

/** Writes a note into a Yjs document: a map in a map, whose text can be edited by several people at once. */
function write (doc, number) {
  doc.transact(() => {
    const { x, y } = place(number)
    const fields = { section: 'wall', text: new Y.Text(words(number)), x, y, colour: 'yellow' }
    doc.getMap('notes').set(idOf(number), new Y.Map(Object.entries(fields)))
  })
}

/** What the two Yjs clients have in common. */
class YjsClient {
  onNote = () => {}

  constructor () {
    this.doc = new Y.Doc()
    this.notes = this.doc.getMap('notes')
    this.notes.observe(event => {
      if (!event.transaction.local) event.keysChanged.forEach(id => this.onNote(numberOf(id)))
    })
  }

  add (number) {
    write(this.doc, number)
  }

  count () {
    return this.notes.size
  }

  static async create () {
    return 'board-' + randomBytes(8).toString('hex')
  }
}

class YWebsocket extends YjsClient {
  static async open (port, board) {
    const client = new YWebsocket()
    client.provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, board, client.doc, {
      WebSocketPolyfill: WebSocket,
      // Otherwise the clients of one process tell each other everything without the server.
      disableBc: true
    })
    await until(() => client.provider.synced)
    return client
  }

  bytes () {
    return carried(this.provider.ws)
  }

  async leave () {
    this.provider.disconnect()
    await until(() => this.provider.ws === null)
  }

  comeBack () {
    this.provider.connect()
  }

  close () {
    this.provider.destroy()
  }
}

class Hocuspocus extends YjsClient {
  static async open (port, board) {
    const client = new Hocuspocus()
    client.provider = new HocuspocusProvider({
      url: `ws://127.0.0.1:${port}`,
      name: board,
      document: client.doc,
      WebSocketPolyfill: WebSocket
    })
    await until(() => client.provider.synced)
    return client
  }

  get line () {
    return this.provider.configuration.websocketProvider
  }

  bytes () {
    return carried(this.line.webSocket)
  }

  async leave () {
    this.line.disconnect()
    await until(() => this.line.status === 'disconnected')
  }

  comeBack () {
    this.line.connect()
  }

  close () {
    this.provider.destroy()
  }
}

class AutomergeRepo {
  onNote = () => {}
  #own = new Set()

  static connect (port) {
    const client = new AutomergeRepo()
    client.adapter = new WebSocketClientAdapter(`ws://127.0.0.1:${port}`, 1_000)
    client.repo = new Repo({ network: [client.adapter] })
    return client
  }

  /** Makes a board, whose address is what the others need, and waits until the server has it. */
  static async create (port) {
    const client = AutomergeRepo.connect(port)
    await client.repo.networkSubsystem.whenReady()
    client.hold(client.repo.create({ notes: {} }))
    const { url } = client.handle
    const acked = () => client.adapter.remotePeerId && client.handle.heads().length > 0
    await until(acked)
    await new Promise(resolve => setTimeout(resolve, 500))
    client.close()
    return url
  }

  /** A client says that there is no such board if the server does not answer within a second; then another asks. */
  static async open (port, board) {
    for (let tries = 0; ; tries += 1) {
      const client = AutomergeRepo.connect(port)
      try {
        client.hold(await client.repo.find(board))
        return client
      } catch (error) {
        client.close()
        if (tries === 60) throw error
        await new Promise(resolve => setTimeout(resolve, 500))
      }
    }
  }

  hold (handle) {
    this.handle = handle
    handle.on('change', ({ patches }) => {
      for (const { action, path: [list, id, ...field] } of patches) {
        const isNote = action === 'put' && list === 'notes' && id !== undefined && field.length === 0
        if (isNote && !this.#own.has(id)) this.onNote(numberOf(id))
      }
    })
  }

  add (number) {
    const fixed = text => new ImmutableString(text)
    const id = idOf(number)
    this.#own.add(id)
    this.handle.change(doc => {
      doc.notes[id] = {
        section: fixed('wall'), text: words(number), ...place(number), colour: fixed('yellow')
      }
    })
  }

  count () {
    return Object.keys(this.handle.doc().notes).length
  }

  bytes () {
    return carried(this.adapter.socket)
  }

  async leave () {
    this.adapter.disconnect()
    await new Promise(resolve => setTimeout(resolve, 100))
  }

  comeBack () {
    this.adapter.connect(this.adapter.peerId, this.adapter.peerMetadata)
  }

  close () {
    // Otherwise it comes back by itself.
    this.adapter.onClose = () => {}
    // A socket that is not open yet says so when it is closed.
    this.adapter.socket?.on('error', () => {})
    this.adapter.disconnect()
  }
}

/** A client that greets as the real one does, sends real updates, and knows a note by the id within the bytes. */
class Light {
  onNote = () => {}
  #ready = new Map()

  static async open (port, board, greet, path, frame) {
    const client = new Light()
    client.frame = frame
    client.socket = new WebSocket(`ws://127.0.0.1:${port}/${path}`)
    await once(client.socket, 'open')
    greet(client.socket)
    client.socket.on('message', data => {
      for (let at = data.indexOf(MARK); at >= 0; at = data.indexOf(MARK, at + 1)) {
        client.onNote(numberOf(data.toString('latin1', at, at + MARK.length + DIGITS)))
      }
    })
    return client
  }

  /** Encodes notes before the clock runs. */
  prepare (numbers) {
    const doc = new Y.Doc()
    let update
    doc.on('update', bytes => { update = bytes })
    for (const number of numbers) {
      write(doc, number)
      this.#ready.set(number, this.frame(update))
    }
  }

  add (number) {
    this.socket.send(this.#ready.get(number))
  }

  close () {
    this.socket.close()
  }
}

const bytesOf = write => {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}
const SYNC = 0
const AUTH = 2
const empty = () => new Y.Doc()

const lightYWebsocket = (port, board) => {
  const framed = write => bytesOf(encoder => {
    encoding.writeVarUint(encoder, SYNC)
    write(encoder)
  })
  const greet = socket => socket.send(framed(encoder => sync.writeSyncStep1(encoder, empty())))
  return Light.open(port, board, greet, board, update => framed(encoder => sync.writeUpdate(encoder, update)))
}

const lightHocuspocus = (port, board) => {
  const framed = (type, write) => bytesOf(encoder => {
    encoding.writeVarString(encoder, board)
    encoding.writeVarUint(encoder, type)
    write(encoder)
  })
  const greet = socket => {
    socket.send(framed(AUTH, encoder => {
      encoding.writeVarUint(encoder, 0)
      encoding.writeVarString(encoder, '')
      encoding.writeVarString(encoder, '4.7.0')
    }))
    socket.send(framed(SYNC, encoder => sync.writeSyncStep1(encoder, empty())))
  }
  return Light.open(port, board, greet, '', update => framed(SYNC, encoder => sync.writeUpdate(encoder, update)))
}

/** For each peer: how a board is made, its own client, and the light one if there can be one. */
export const PEERS = {
  'y-websocket': { create: YWebsocket.create, open: YWebsocket.open, light: lightYWebsocket },
  hocuspocus: { create: Hocuspocus.create, open: Hocuspocus.open, light: lightHocuspocus },
  // Its sync protocol asks both sides what they have, so nobody takes part without a document.
  'automerge-repo': { create: AutomergeRepo.create, open: AutomergeRepo.open }
}

// One load on one peer's server: node load.mjs PEER WORKLOAD NUMBER [--light]. Prints one line of JSON, with the
// names that `samsyn bench --json` has. The server is a process of its own, which ends with this one.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { PEERS, until } from './clients.mjs'
import { check } from './texts.mjs'

check()
const [name, workload, amount] = process.argv.slice(2)
const light = process.argv.includes('--light')
const peer = PEERS[name]
const open = light ? peer.light : peer.open
const size = Number(amount)

const EVERY = 2_000
const SECONDS = 20
const LAST_CALL = 10_000
const AT_ONCE = 64
const AUTHORS = 60
const PER_BOARD = 60
const BEFORE = 500
const OTHERS = 2
const JOINS = 3
/** Milliseconds between two notes when the server is killed: thirty a second, as in a room of sixty. */
const PACE = 1_000 / 30

const sleep = millis => new Promise(resolve => setTimeout(resolve, millis))
const numbers = count => Array.from({ length: count }, (_, number) => number)
const median = values => values.toSorted((a, b) => a - b)[Math.trunc(values.length / 2)]

/** A server with its storage in this folder. */
async function serve (folder) {
  const program = fileURLToPath(new URL('server.mjs', import.meta.url))
  const child = spawn(process.execPath, ['--expose-gc', program, name, folder], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  const [port] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, port: Number(port), pid: child.pid }
}

/** Milliseconds of processor time and bytes of memory (proc_pid_stat(5), proc_pid_status(5)). */
function usage (pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13).map(Number)
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return { millis: (user + system) * 10, resident: Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024 }
}

/** Opens many, some at a time. */
async function openAll (port, boards) {
  const clients = []
  for (let at = 0; at < boards.length; at += AT_ONCE) {
    clients.push(...await Promise.all(boards.slice(at, at + AT_ONCE).map(board => open(port, board))))
  }
  return clients
}

const loads = {
  /** Everybody writes a note every two seconds, evenly spread. */
  async room (server) {
    const each = SECONDS * 1_000 / EVERY
    const all = size * each
    const board = await peer.create(server.port)
    const clients = await openAll(server.port, numbers(size).map(() => board))
    const sent = new Float64Array(all)
    const took = new Float64Array(all * (size - 1))
    let deliveries = 0
    clients.forEach((client, writer) => {
      client.prepare?.(numbers(each).map(note => writer * each + note))
      client.onNote = number => {
        if (Math.trunc(number / each) === writer) return
        took[deliveries] = performance.now() - sent[number]
        deliveries += 1
      }
    })
    await sleep(500)
    const plan = numbers(all).map(number => {
      const writer = Math.trunc(number / each)
      return { number, writer, due: EVERY * (number % each + writer / size) }
    }).toSorted((a, b) => a.due - b.due)
    const before = [usage(server.pid), usage('self')]
    const start = performance.now()
    const late = []
    for (const { number, writer, due } of plan) {
      const wait = start + due - performance.now()
      if (wait > 0) await sleep(wait)
      sent[number] = performance.now()
      late.push(sent[number] - start - due)
      clients[writer].add(number)
    }
    const over = performance.now() + LAST_CALL
    await until(() => deliveries >= took.length || performance.now() > over)
    const seconds = (performance.now() - start) / 1_000
    const after = [usage(server.pid), usage('self')]
    const [millis, own] = after.map((usage, at) => usage.millis - before[at].millis)
    const sorted = took.subarray(0, deliveries).sort()
    const at = share => sorted[Math.min(deliveries - 1, Math.trunc(deliveries * share))]
    return {
      clients: size,
      pushes: all,
      deliveries,
      expected: took.length,
      receipt_p50_ms: at(0.5),
      receipt_p99_ms: at(0.99),
      receipt_max_ms: at(1),
      server_core_percent: millis / seconds / 10,
      server_us_per_delivery: millis * 1_000 / deliveries,
      server_rss_bytes: after[0].resident,
      generator_core_percent: own / seconds / 10,
      late_p99_ms: late.toSorted((a, b) => a - b)[Math.trunc(late.length * 0.99)]
    }
  },

  /** A newcomer on a board that sixty people have written, one after the other. */
  async join (server) {
    const board = await peer.create(server.port)
    await fill(server.port, board, size)
    const joins = []
    for (let time = 0; time < JOINS; time += 1) {
      await sleep(1_000)
      const start = performance.now()
      const client = await peer.open(server.port, board)
      await until(() => client.count() >= size)
      joins.push({ took: performance.now() - start, received: client.bytes().received })
      client.close()
    }
    const of = field => median(joins.map(join => join[field]))
    return { notes: size, join_ms: of('took'), received_bytes: of('received') }
  },

  /** Somebody comes back with notes written without a network. */
  async rejoin (server) {
    const board = await peer.create(server.port)
    await fill(server.port, board, BEFORE)
    const client = await peer.open(server.port, board)
    const others = await Promise.all(numbers(OTHERS).map(() => peer.open(server.port, board)))
    for (const one of [client, ...others]) await until(() => one.count() === BEFORE)
    await sleep(500)
    await client.leave()
    for (const number of numbers(size)) client.add(BEFORE + number)
    await sleep(500)
    const start = performance.now()
    client.comeBack()
    await until(() => others.every(other => other.count() === BEFORE + size))
    const took = performance.now() - start
    return { notes: size, others: OTHERS, others_ms: took, sent_bytes: client.bytes().sent }
  },

  /** Connections that only listen, sixty on a board. */
  async idle (server) {
    const boards = []
    for (let board = 0; board < Math.ceil(size / PER_BOARD); board += 1) boards.push(await peer.create(server.port))
    const first = await open(server.port, boards[0])
    const before = await settled(server)
    const seats = numbers(size).map(seat => boards[Math.trunc(seat / PER_BOARD)])
    const clients = await openAll(server.port, seats)
    const after = await settled(server)
    first.close()
    return {
      connections: clients.length,
      server_rss_bytes: after.resident,
      each_bytes: (after.resident - before.resident) / size
    }
  },

  /** The server is killed when a second client has seen every note, and starts again on the same folder. */
  async kill (server, folder) {
    const board = await peer.create(server.port)
    const [writer, reader] = await openAll(server.port, [board, board])
    const start = performance.now()
    for (const number of numbers(size)) {
      await sleep(start + number * PACE - performance.now())
      writer.add(number)
    }
    await until(() => reader.count() === size)
    server.child.kill('SIGKILL')
    await once(server.child, 'exit')
    for (const client of [writer, reader]) client.close()
    const again = await serve(folder)
    const kept = await survivors(again.port, board)
    return { notes: size, kept, lost: size - kept }
  }
}

/** Sixty people, of whom each has what those before have written. */
async function fill (port, board, notes) {
  for (let author = 0; author < AUTHORS; author += 1) {
    const client = await peer.open(port, board)
    const own = numbers(notes).filter(number => number % AUTHORS === author)
    const before = numbers(notes).filter(number => number % AUTHORS < author).length
    await until(() => client.count() === before)
    for (const number of own) client.add(number)
    // Asks a reader of its own, since a client cannot tell what the server has.
    const reader = await peer.open(port, board)
    await until(() => reader.count() === before + own.length)
    client.close()
    reader.close()
  }
}

/** What somebody sees who never had the board: a fresh client, given three seconds after it last got something. */
async function survivors (port, board) {
  const client = await Promise.race([peer.open(port, board), sleep(60_000)]).catch(() => undefined)
  if (!client) return 0
  let [kept, since] = [client.count(), performance.now()]
  while (performance.now() - since < 3_000) {
    await sleep(50)
    if (client.count() !== kept) [kept, since] = [client.count(), performance.now()]
  }
  return kept
}

async function settled (server) {
  await sleep(2_000)
  process.kill(server.pid, 'SIGUSR2')
  await sleep(1_000)
  return usage(server.pid)
}

// y-websocket's clients listen for the end, each for itself.
process.setMaxListeners(0)
const folder = mkdtempSync(join(tmpdir(), 'samsyn-peer-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const server = await serve(folder)
const measured = await loads[workload](server, folder)
console.log(JSON.stringify({ workload, ...measured }))
process.exit(0)

// The relay alone, with more people, with a longer history and with fewer cores: see README.md.
//
//   node curves.mjs --samsyn PATH [--only HISTORY,…] [--out FILE]

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const { values: flags } = parseArgs({ options: { samsyn: { type: 'string' }, only: { type: 'string' }, out: { type: 'string' } } })
const samsyn = resolve(flags.samsyn)

/** On one core: the server has the first one for itself, and the load the second. */
const CORES = {
  1: { server: ['taskset', '-c', '0'], load: ['taskset', '-c', '1'] },
  2: { server: [], load: [] }
}
const CASES = [
  { clients: 10 },
  { clients: 60 },
  { clients: 200 },
  { clients: 1_000, writers: 100 },
  { clients: 60, history: 100 },
  { clients: 60, history: 10_000 },
  // Writing it takes a quarter of an hour, and so it is done once.
  { clients: 60, history: 1_000_000, cores: ['2'] }
].filter(one => flags.only === undefined || flags.only.split(',').includes(String(one.history ?? 0)))

async function run (cores, { clients, writers = clients, history = 0 }) {
  const folder = mkdtempSync(join(tmpdir(), 'samsyn-curve-'))
  const serve = [samsyn, 'serve', '--listen', '127.0.0.1:0', '--data', folder, '--log-level', 'warn',
    '--max-connections', String(clients + 64), '--max-board', String(64 + Math.ceil(history / 1_000)), '--until-stdin-ends']
  const [program, ...args] = [...CORES[cores].server, ...serve]
  const server = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const [line] = await once(createInterface({ input: server.stdout }), 'line')
    // taskset becomes what it starts, so that the process is the server's.
    const room = [samsyn, 'bench', 'room', clients, '--writers', writers, '--history', history, '--json',
      '--address', /http\S+/.exec(line)[0], '--pid', server.pid]
    const [load, ...rest] = [...CORES[cores].load, ...room.map(String)]
    return JSON.parse(execFileSync(load, rest, { encoding: 'utf8' }))
  } finally {
    server.stdin.end()
    await once(server, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
}

const round = value => value >= 100 ? value.toFixed(0) : value.toFixed(1)
const COLUMNS = [
  ['on the disk after, median, ms', report => round(report.ack_p50_ms)],
  ['99 of 100, ms', report => round(report.ack_p99_ms)],
  ['received after, median, ms', report => round(report.receipt_p50_ms)],
  ['99 of 100, ms', report => round(report.receipt_p99_ms)],
  ['deliveries a second', report => Math.round(report.deliveries / 20)],
  ['server, of one core, %', report => round(report.server_core_percent)],
  ['server CPU a delivery, µs', report => round(report.server_us_per_delivery)],
  ['server memory, MB', report => round(report.server_rss_bytes / 1e6)],
  ['load, of one core, %', report => round(report.generator_core_percent)],
  ['not received', report => report.expected - report.deliveries]
]

const all = []
console.log(`| cores | clients | of whom write | entries before | ${COLUMNS.map(([heading]) => heading).join(' | ')} |`)
console.log(`|${'--:|'.repeat(4 + COLUMNS.length)}`)
for (const one of CASES) {
  for (const cores of one.cores ?? Object.keys(CORES)) {
    process.stderr.write(`${JSON.stringify(one)} on ${cores}: load ${loadavg()[0].toFixed(2)}\n`)
    const report = await run(cores, one)
    all.push({ cores, ...one, report })
    if (flags.out) writeFileSync(flags.out, JSON.stringify(all, null, 1))
    const setting = [cores, report.clients, report.writers, one.history ?? 0]
    console.log(`| ${[...setting, ...COLUMNS.map(([, write]) => write(report))].join(' | ')} |`)
  }
}

// Measures the relay, its peers and the floor beside each other, and prints Markdown: see README.md.
//
//   node run.mjs --samsyn PATH --floor PATH [--rounds 3] [--only room-60,join-5000] [--subject samsyn,floor] [--out FILE]
//
// FILE gets every measurement; those of an earlier run that are not made again stay in it, and in the tables. With
// --rounds 0 nothing is measured.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { words } from './texts.mjs'

const { values: flags } = parseArgs({
  options: {
    samsyn: { type: 'string' },
    floor: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    subject: { type: 'string' },
    out: { type: 'string' }
  }
})

const WORKLOADS = ['room-60', 'room-200', 'rejoin-500', 'kill-270', 'idle-1000', 'idle-5000', 'join-5000']
const OURS = 'samsyn'
const FLOOR = 'floor'
const PEERS = ['y-websocket', 'hocuspocus', 'automerge-repo']
/** Peers whose clients there are without a document, too. */
const LIGHT = ['y-websocket (light)', 'hocuspocus (light)']
const SUBJECTS = [OURS, FLOOR, ...PEERS, ...LIGHT]
const PATIENCE = 600_000
const PACE = 10

const here = name => fileURLToPath(new URL(name, import.meta.url))
/** Of an even number of values, what lies between the two in the middle. */
function median (values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2
}
const sleep = millis => new Promise(resolve => setTimeout(resolve, Math.max(0, millis)))
const picked = (given, all) => given === undefined ? all : given.split(',').map(one => {
  if (!all.includes(one)) throw new Error(`${one} is none of ${all.join(', ')}`)
  return one
})

/** Takes minutes, and comes out much the same each time; the peers' `join` is the median of three newcomers anyhow. */
const ONCE = { 'automerge-repo': ['join', 'rejoin'] }

/** Whether a subject takes part in a workload. */
function takesPart (subject, kind, size) {
  if (subject === FLOOR) return kind === 'room' || kind === 'idle'
  // Five thousand documents in one process would say more about that process than about the server.
  if (kind === 'idle' && size > 1_000) return subject === OURS || LIGHT.includes(subject)
  return !LIGHT.includes(subject) || kind === 'room'
}

function commandOf (subject, kind, size) {
  const count = String(size)
  const notes = kind === 'join' || kind === 'rejoin' ? ['--notes', count] : [count]
  if (subject === OURS) return [flags.samsyn, ['bench', kind, ...notes, '--json']]
  if (subject === FLOOR) return [flags.floor, [kind, count]]
  const [peer, light] = subject.split(' ')
  return [process.execPath, [here('load.mjs'), peer, kind, count, ...(light ? ['--light'] : [])]]
}

async function run (subject, kind, size) {
  if (subject === OURS && kind === 'kill') return kill(size)
  const [program, args] = commandOf(subject, kind, size)
  const out = await output(program, args)
  // automerge-repo's client says what troubles it on standard output as well.
  return JSON.parse(PEERS.includes(subject) ? out.trim().split('\n').at(-1) : out)
}

async function output (program, args, input = '') {
  const child = spawn(resolve(program), args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: PATIENCE })
  child.stdin.end(input)
  let [out, errors] = ['', '']
  child.stdout.on('data', data => { out += data })
  child.stderr.on('data', data => { errors += data })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${code ?? 'too slow'} ${errors.slice(0, 1_000)}`)
  return out
}

/** As load.mjs does it with the peers; our clients are the command line, which keeps nothing on a disk. */
async function kill (size) {
  const folder = mkdtempSync(join(tmpdir(), 'samsyn-kill-'))
  try {
    const first = await serve(folder)
    const [link] = (await output(flags.samsyn, ['new', '--relay', first.url, '--template', 'empty'])).split('\n')
    const watch = spawn(flags.samsyn, ['watch', link], { stdio: ['ignore', 'pipe', 'pipe'] })
    let seen = 0
    createInterface({ input: watch.stdout }).on('line', () => { seen += 1 })
    await once(watch.stderr, 'data')
    await sleep(500)
    const start = performance.now()
    const adding = []
    for (let batch = 0; batch * PACE < size; batch += 1) {
      const texts = Array.from({ length: Math.min(PACE, size - batch * PACE) }, (_, at) => words(batch * PACE + at))
      await sleep(start + batch * PACE * 1_000 / 30 - performance.now())
      adding.push(output(flags.samsyn, ['add', link, '--section', 'notes', '-'], texts.join('\n')))
    }
    const end = performance.now() + 60_000
    while (seen < size && performance.now() < end) await sleep(1)
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    watch.kill()
    await Promise.allSettled(adding)
    const second = await serve(folder)
    const board = JSON.parse(await output(flags.samsyn, ['show', link, '--relay', second.url, '--json']))
    second.child.kill()
    await once(second.child, 'exit')
    return { workload: 'kill', notes: size, seen, kept: board.notes.length, lost: size - board.notes.length }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function serve (folder) {
  const args = ['serve', '--listen', '127.0.0.1:0', '--data', folder, '--log-level', 'warn', '--until-stdin-ends']
  const child = spawn(resolve(flags.samsyn), args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, url: /http\S+/.exec(line)[0] }
}

// The tables.

const round = value => value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
const kilobytes = value => round(value / 1_000)
const plain = value => String(Math.round(value))

/** For each kind of workload: field, heading, how it is written, and whether less is better. */
const COLUMNS = {
  room: [
    ['receipt_p50_ms', 'received after, median, ms', round],
    ['receipt_p99_ms', '99 of 100, ms', round],
    ['receipt_max_ms', 'longest, ms', round],
    ['server_us_per_delivery', 'server CPU a delivery, µs', round],
    ['server_rss_bytes', 'server memory, MB', value => round(value / 1e6)],
    ['generator_core_percent', 'load, of one core, %', round],
    ['missing', 'not received', plain]
  ],
  join: [['join_ms', 'until all are there, ms', round], ['received_bytes', 'received, KB', kilobytes]],
  rejoin: [['others_ms', 'until all others have them, ms', round], ['sent_bytes', 'sent, KB', kilobytes]],
  idle: [['each_bytes', 'server memory each, KB', kilobytes], ['server_rss_bytes', 'in all, MB', value => round(value / 1e6)]],
  kill: [['lost', 'lost, each round', lost => lost]]
}
/** What is divided: the best peer's by ours, and ours by the floor's. */
const RATIOS = {
  room: ['receipt_p50_ms', 'receipt_p99_ms', 'server_us_per_delivery'],
  join: ['join_ms', 'received_bytes'],
  rejoin: ['others_ms', 'sent_bytes'],
  idle: ['each_bytes'],
  kill: []
}

/** A load that has a core to itself is what was measured, and so are notes that never came. */
const SATURATED = 80

const unfit = row => row.generator_core_percent > SATURATED || row.missing > 0

function medians (reports, kind) {
  const of = field => {
    const values = reports.map(report => field === 'missing' ? report.expected - report.deliveries : report[field])
    const known = values.filter(Number.isFinite)
    // What was lost once is not made good by two times when nothing was.
    if (field === 'lost') return known.length === 0 ? undefined : known.join(', ')
    return known.length === 0 ? undefined : median(known)
  }
  return Object.fromEntries(COLUMNS[kind].map(([field]) => [field, of(field)]))
}

function table (workload, results) {
  const [kind] = workload.split('-')
  const columns = COLUMNS[kind]
  const taking = SUBJECTS.filter(subject => results[subject])
  const rows = taking.map(subject => [subject, medians(results[subject], kind)])
  const written = ([subject, row]) => {
    const cells = columns.map(([field, , write]) => row[field] === undefined ? '–' : write(row[field]))
    return `| ${subject}${unfit(row) ? ' \\*' : ''} | ${results[subject].length} | ${cells.join(' | ')} |`
  }
  const lines = [
    `| ${workload} | rounds | ${columns.map(([, heading]) => heading).join(' | ')} |`,
    `|---|--:|${columns.map(() => '--:').join('|')}|`,
    ...rows.map(written),
    '',
    ...ratios(kind, Object.fromEntries(rows))
  ]
  return lines.join('\n')
}

/** Without the rows that are marked. */
function ratios (kind, rows) {
  const ours = rows[OURS]
  if (!ours) return []
  const lines = []
  for (const field of RATIOS[kind]) {
    const heading = COLUMNS[kind].find(([name]) => name === field)[1]
    for (const [group, what] of [[PEERS, 'best peer'], [LIGHT, 'best peer with light clients']]) {
      const of = group.filter(name => rows[name]?.[field] !== undefined && !unfit(rows[name]))
      const best = of.toSorted((a, b) => rows[a][field] - rows[b][field])[0]
      if (best) lines.push(`- ${heading}: ${what} (${best}) ÷ ours = ${round(rows[best][field] / ours[field])}`)
    }
    const floor = rows[FLOOR]?.[field]
    if (floor) lines.push(`- ${heading}: ours ÷ floor = ${round(ours[field] / floor)}`)
  }
  return lines.length > 0 ? [...lines, ''] : []
}

function setting (all) {
  const versions = Object.entries(JSON.parse(readFileSync(here('package.json'))).dependencies)
  const ours = flags.samsyn ? execFileSync(resolve(flags.samsyn), ['--version'], { encoding: 'utf8' }).trim() : OURS
  const reports = Object.values(all).flatMap(subjects => Object.values(subjects)).flat()
  const loads = reports.map(report => report.load_before).toSorted((a, b) => a - b)
  return [
    `${new Date().toISOString().slice(0, 10)}; ${cpus().length} cores (${cpus()[0].model.trim()}); Linux; node ` +
      `${process.version}; ${ours}; ${versions.map(([name, version]) => `${name} ${version}`).join(', ')}.`,
    '',
    `Medians of rounds, in each of which all ran one after the other (automerge-repo joined and rejoined once); \\* ` +
      `marks a load that filled a core or that did not get every note. Load average of the machine before each: ${loads.at(0)} to ${loads.at(-1)}, median ${round(median(loads))}.`
  ].join('\n')
}

const subjects = picked(flags.subject, SUBJECTS)
const workloads = picked(flags.only, WORKLOADS)
if (subjects.includes(OURS) && !flags.samsyn) throw new Error('--samsyn PATH is missing')
if (subjects.includes(FLOOR) && !flags.floor) throw new Error('--floor PATH is missing')
const all = flags.out && existsSync(flags.out) ? JSON.parse(readFileSync(flags.out)) : {}
for (const workload of Number(flags.rounds) > 0 ? workloads : []) {
  const [kind, size] = workload.split('-')
  const taking = subjects.filter(subject => takesPart(subject, kind, Number(size)))
  all[workload] = { ...all[workload], ...Object.fromEntries(taking.map(subject => [subject, []])) }
  for (let time = 0; time < Number(flags.rounds); time += 1) {
    for (const subject of taking) {
      if (time > 0 && ONCE[subject]?.includes(kind)) continue
      const load = Number(loadavg()[0].toFixed(2))
      process.stderr.write(`${workload} ${time + 1}/${flags.rounds} ${subject}: load ${load}\n`)
      try {
        all[workload][subject].push({ ...await run(subject, kind, Number(size)), load_before: load })
      } catch (error) {
        process.stderr.write(`${error.message}\n`)
      }
      if (flags.out) writeFileSync(flags.out, JSON.stringify(all, null, 1))
    }
  }
}
const measured = WORKLOADS.filter(workload => all[workload])
console.log([setting(all), ...measured.map(workload => table(workload, all[workload]))].join('\n\n'))

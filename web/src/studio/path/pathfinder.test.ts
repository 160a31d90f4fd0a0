import { describe, expect, it } from 'vitest'
import { Pathfinder } from './pathfinder'

interface Job {
  id: string
  said: string
}

/** Hands that wait until they are told to go on. */
function held() {
  const open: Record<string, (() => void) | undefined> = {}
  const cancelled: string[] = []
  const gate = (name: string) => new Promise<void>((resolve) => (open[name] = resolve))
  const pathfinder = new Pathfinder<string, Job, string>({
    start: async (asked) => {
      await gate(`start ${asked}`)
      return { id: asked, said: 'begun' }
    },
    attend: async (job, news, signal) => {
      news(job)
      await Promise.race([
        gate(`attend ${job.id}`),
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
      ])
      news({ ...job, said: 'done' })
      return job
    },
    gather: async (asked, job) => {
      await gate(`gather ${job.id}`)
      return `${asked} found`
    },
    cancel: async (id) => {
      cancelled.push(id)
      throw new Error('too late')
    },
  })
  const go = async (name: string) => {
    open[name]?.()
    await new Promise((resolve) => setTimeout(resolve))
  }
  return { pathfinder, go, cancelled }
}

describe('a pathfinder', () => {
  it('finds a path', async () => {
    const { pathfinder, go, cancelled } = held()
    const news: string[] = []
    const path = pathfinder.find('a', ({ said }) => news.push(said))
    expect(pathfinder.busy).toBe(true)
    for (const name of ['start a', 'attend a', 'gather a']) await go(name)
    expect(await path).toBe('a found')
    expect(news).toEqual(['begun', 'done'])
    expect(pathfinder.busy).toBe(false)
    expect(cancelled).toEqual([])
  })

  it('cancels the job of a path that a newer one replaces', async () => {
    const { pathfinder, go, cancelled } = held()
    const first = pathfinder.find('a')
    await go('start a')
    const second = pathfinder.find('b')
    expect(await first).toBeNull()
    expect(cancelled).toEqual(['a'])
    for (const name of ['start b', 'attend b', 'gather b']) await go(name)
    expect(await second).toBe('b found')
  })

  it('cancels a job of which it hears only after it was replaced', async () => {
    const { pathfinder, go, cancelled } = held()
    const news: string[] = []
    const first = pathfinder.find('a', ({ said }) => news.push(said))
    const second = pathfinder.find('b')
    await go('start b')
    await go('start a')
    expect(await first).toBeNull()
    expect(cancelled).toEqual(['a'])
    expect(news).toEqual([])
    await go('attend b')
    await go('gather b')
    expect(await second).toBe('b found')
  })

  it('cancels no job that has ended, and drops what it gave', async () => {
    const { pathfinder, go, cancelled } = held()
    const first = pathfinder.find('a')
    await go('start a')
    await go('attend a')
    pathfinder.drop()
    await go('gather a')
    expect(await first).toBeNull()
    expect(cancelled).toEqual([])
    expect(pathfinder.busy).toBe(false)
  })

  it('passes on an error, but not that of a path nobody wants any more', async () => {
    const failing = new Pathfinder<string, Job, string>({
      start: async () => {
        await new Promise((resolve) => setTimeout(resolve))
        throw new Error('refused')
      },
      attend: async (job) => job,
      gather: async () => '',
      cancel: async () => {},
    })
    await expect(failing.find('a')).rejects.toThrow('refused')
    expect(failing.busy).toBe(false)
    const dropped = failing.find('b')
    failing.drop()
    expect(await dropped).toBeNull()
  })
})

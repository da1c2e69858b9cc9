import { createClient, type ToolOutcome } from '../../index.ts'
import type { Turn } from './script.ts'

type Task = { title: string }
const tasksIn = (outcome: ToolOutcome | undefined): Task[] =>
  outcome?.status === 'succeeded' ? (outcome.output as { tasks: Task[] }).tasks : []

/** Makes a task and looks for it, or says what stands in the way. */
export const taskScript = (title: string): Turn[] => [
  { call: 'sandbox__create_task', params: { title } },
  { call: 'sandbox__list_tasks', params: { limit: 50 } },
  {
    say: ([made, listed]) => {
      if (made?.status === 'action_required') return `Please grant this first: ${made.connect_url}`
      if (made && 'message' in made) return made.message
      const found = tasksIn(listed).filter((task) => task.title === title)
      return `${found.length} of your ${tasksIn(listed).length} tasks is “${title}”.`
    },
  },
]

/** The instance and the user of the README's first steps, from the environment. */
export function practice() {
  const { BEHALF_URL = 'http://localhost:3000', BEHALF_KEY = '' } = process.env
  const behalf = createClient({ baseUrl: BEHALF_URL, key: BEHALF_KEY })
  const who = { org_id: 'acme', user_id: 'u_42', connectors: ['sandbox'] }
  return { behalf, who, prompt: 'Remind me to call the supplier.', turns: taskScript('Call the supplier') }
}

import { expect, test } from 'vitest'
import { contracts } from '../api/v1/openapi.json/contracts.ts'
import { exampleBody, examplePath, exampleQuery } from './example.ts'

test.each(contracts.map((contract) => [contract.operationId, contract] as const))(
  'the example of %s is one that the operation takes',
  (_, contract) => {
    const { path, params, query, body } = contract
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
    const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '([^/{}]+)')}$`)
    const values = pattern.exec(examplePath(contract))?.slice(1) ?? []
    expect(values).toHaveLength(names.length)
    params?.parse(Object.fromEntries(names.map((name, at) => [name, values[at]])))
    query?.parse(exampleQuery(contract))
    body?.parse(exampleBody(contract))
  },
)

/** JUnit: well-formed, of the shape that Jenkins' schema allows, and with the right kind of bad news. */
import { describe, expect, test } from 'vitest';
import { renderJunit } from '../../../src/view/export/junit.ts';
import type { ReportSource } from '../../../src/view/report/report-source.ts';
import { hostileSource, plainSource } from '../report/hostile-source.fixture.ts';
import { nodesOf, readXml, type XmlNode } from '../xml-tree.ts';

/** Elements, their children and attributes, after jenkins-junit.xsd (xunit-plugin). */
const SHAPE: Readonly<
  Record<string, { children: string[]; required: string[]; optional: string[] }>
> = {
  testsuites: {
    children: ['testsuite'],
    required: [],
    optional: ['name', 'time', 'tests', 'failures', 'errors', 'skipped', 'disabled'],
  },
  testsuite: {
    children: ['properties', 'testcase', 'system-out', 'system-err'],
    required: ['name', 'tests'],
    optional: ['failures', 'errors', 'time', 'skipped', 'timestamp', 'hostname', 'id', 'package'],
  },
  properties: { children: ['property'], required: [], optional: [] },
  property: { children: [], required: ['name', 'value'], optional: [] },
  testcase: {
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
    required: ['name', 'classname'],
    optional: ['time', 'status', 'assertions'],
  },
  failure: { children: [], required: [], optional: ['type', 'message'] },
  error: { children: [], required: [], optional: ['type', 'message'] },
  skipped: { children: [], required: [], optional: ['type', 'message'] },
  'system-out': { children: [], required: [], optional: [] },
};

function read(source: ReportSource, inconclusive: 'error' | 'skipped' = 'error'): XmlNode {
  const root = readXml(renderJunit(source, inconclusive));
  for (const node of nodesOf(root)) {
    const shape = SHAPE[node.name];
    expect(shape, node.name).toBeDefined();
    const names = Object.keys(node.attributes);
    const { children = [], required = [], optional = [] } = shape ?? {};
    expect(names).toEqual(expect.arrayContaining(required));
    expect([...required, ...optional]).toEqual(expect.arrayContaining(names));
    expect(children).toEqual(expect.arrayContaining(node.children.map((child) => child.name)));
  }
  const suite = root.children[0];
  const cases = suite?.children.filter((node) => node.name === 'testcase') ?? [];
  const count = (name: string): string =>
    String(cases.filter((one) => one.children.some((node) => node.name === name)).length);
  const counted = {
    tests: String(cases.length),
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  };
  expect(suite?.attributes).toMatchObject(counted);
  expect(root.attributes).toMatchObject(counted);
  expect(suite?.attributes['timestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  return root;
}

const found = (root: XmlNode, name: string): XmlNode[] =>
  nodesOf(root).filter((node) => node.name === name);

const requiring = (load: number): ReportSource => {
  const { question } = plainSource().facts;
  return plainSource({ question: { ...question, requiredAtLeast: load } });
};

describe('JUnit', () => {
  test('a search that answered is green, with its evidence', () => {
    const root = read(plainSource());
    expect(found(root, 'testcase')).toHaveLength(2);
    expect([...found(root, 'failure'), ...found(root, 'error')]).toEqual([]);
    expect(found(root, 'system-out')[0]?.text).toMatch(/probe 0: load \d+, \d+ requests/);
  });

  test('a requirement that is met is green, one that is missed is a failure', () => {
    const { lower = 0, upper = 0 } = plainSource().facts.result?.tiers[0] ?? {};
    expect(found(read(requiring(lower)), 'failure')).toHaveLength(0);
    const [failure] = found(read(requiring(upper)), 'failure');
    expect(failure?.attributes).toMatchObject({ type: 'fail' });
    expect(failure?.attributes['message']).toContain(`${upper} concurrent requests required`);
  });

  test('between the ends of the bracket it is an error, or skipped on request', () => {
    const { lower = 0, upper = 0 } = plainSource().facts.result?.tiers[0] ?? {};
    expect(upper - lower).toBeGreaterThan(1);
    const between = requiring(lower + 1);
    expect(found(read(between), 'error')[0]?.attributes['type']).toBe('inconclusive');
    expect(found(read(between, 'skipped'), 'error')).toEqual([]);
    expect(found(read(between, 'skipped'), 'skipped')).not.toEqual([]);
  });

  test.each(['running', 'failed', 'cancelled', 'expired'] as const)(
    '%s is never green',
    (state) => {
      expect(found(read(plainSource({ state })), 'error')).toHaveLength(2);
    },
  );

  test('holds whatever a target may be called', () => {
    const root = read(hostileSource());
    const values = found(root, 'property').map((node) => node.attributes['value']);
    expect(values.join()).toContain('</script><img src=x onerror=alert(1)>]]>');
    expect(renderJunit(hostileSource(), 'error')).not.toContain('<script');
  });
});

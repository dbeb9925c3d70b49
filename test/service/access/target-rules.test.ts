/** The operator's allow-list: name, port and addresses must all agree. */
import { describe, expect, test } from 'vitest';
import { parseOperatorFile } from '../../../src/service/access/operator-file.ts';
import { checkTargetAllowed } from '../../../src/service/access/target-guard.ts';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'vllm-a.svc': ['10.0.0.5'],
  'vllm-a.svc.': ['10.0.0.5'],
  'vllm-public.svc': ['93.184.216.34'],
  'vllm-both.svc': ['10.0.0.5', '93.184.216.34'],
  'vllm-here.svc': ['127.0.0.1'],
  'vllm-a.b.svc': ['10.0.0.5'],
  'xvllm-a.svc': ['10.0.0.5'],
  'vllm-a.svc.evil.example': ['10.0.0.5'],
  'free.example': ['93.184.216.34'],
  'free-here.example': ['127.0.0.1'],
  'a.b.deep.example': ['10.0.0.5'],
  'deep.example': ['10.0.0.5'],
  'order.svc': ['10.0.0.9', '10.0.0.5'],
};
const read = parseOperatorFile(`
targets:
  - { hosts: ['vllm-*.svc', order.svc], ports: [8000, 9000-9010], addresses: [10.0.0.0/8] }
  - { hosts: ['free*.example', '**.deep.example'], ports: [443] }
  - { ports: [8000], addresses: [10.1.0.0/16, 'fd00:1::/32'] }
`);
if (!read.ok) throw new Error(JSON.stringify(read.error));
const { targets } = read.value;

const check = (url: string) => checkTargetAllowed(url, async (host) => NAMES[host] ?? [], targets);

describe('is allowed', () => {
  test.each([
    ['http://vllm-a.svc:8000/v1', '10.0.0.5'],
    ['http://VLLM-A.SVC:9010/v1', '10.0.0.5'],
    ['http://vllm-a.svc.:8000/v1', '10.0.0.5'],
    ['https://free.example/v1', '93.184.216.34'],
    ['https://a.b.deep.example/v1', '10.0.0.5'],
    ['http://10.1.2.3:8000/v1', '10.1.2.3'],
    ['http://[fd00:1::7]:8000/v1', 'fd00:1::7'],
    ['http://[::ffff:10.1.2.3]:8000/v1', '10.1.2.3'],
  ])('%s', async (url, address) => {
    expect(await check(url)).toMatchObject({ ok: true, value: { address } });
  });

  test('under one key, in whatever order its addresses come', async () => {
    const one = await check('http://vllm-a.svc:8000/');
    const other = await check('http://order.svc:8000/');
    expect(one).toMatchObject({ ok: true, value: { key: '10.0.0.5 8000' } });
    expect(other).toMatchObject({ ok: true, value: { key: '10.0.0.5 8000', address: '10.0.0.9' } });
  });
});

describe('is refused', () => {
  test.each([
    ['http://vllm-a.svc/v1', /port/],
    ['http://vllm-a.svc:9011/v1', /port/],
    ['http://vllm-public.svc:8000/v1', /every address/],
    ['http://vllm-both.svc:8000/v1', /every address/],
    ['http://vllm-here.svc:8000/v1', /every address/],
    ['https://free-here.example/v1', /every address/],
    ['http://vllm-a.b.svc:8000/v1', /host/],
    ['http://xvllm-a.svc:8000/v1', /host/],
    ['http://vllm-a.svc.evil.example:8000/v1', /host/],
    ['https://deep.example/v1', /host/],
    ['http://127.0.0.1:8000/v1', /every address/],
    ['http://10.2.0.1:8000/v1', /every address/],
    ['http://10.1.2.3:8001/v1', /port/],
  ])('%s: %s', async (url, why) => {
    const refused = await check(url);
    expect(refused).toMatchObject({ ok: false, error: [{ code: 'target_not_allowed' }] });
    expect(refused.ok || refused.error[0]?.expected).toMatch(why);
  });
});

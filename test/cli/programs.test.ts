/** The commands as real processes: flags, exit codes, and that nothing is left behind. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { run, startSim, temporaryFolder } from '../main/processes.ts';

describe('sim', () => {
  test('serves a model until it is told to stop', async () => {
    const { program, url } = await startSim(['--model', 'mine', '--server', 'fast']);
    const models = await fetch(`${url}/v1/models`);
    expect(await models.json()).toMatchObject({ data: [{ id: 'mine' }] });
    program.child.kill('SIGINT');
    expect((await program.ended).code).toBe(0);
  });

  test.each([
    [['--server', 'none'], 'there is no server none'],
    [['--port', '70000'], '70000 is no port'],
    [['--speed', '0'], 'a speed is above 0'],
    [['--nope'], '--nope'],
  ])('%s is a usage error: exit 2', async (args, words) => {
    const ended = await run('src/cli/sim.ts', args).ended;
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(words);
    expect(ended.stderr).toContain('Usage:');
  });
});

describe('demo', () => {
  test('ctrl-C stops the processes and removes the folder: exit 130', async () => {
    const folder = temporaryFolder();
    const demo = run('src/cli/demo.ts', [], { TMPDIR: folder.path });
    const [, simUrl = '', serviceUrl = ''] = await demo.says(
      /Simulated server: (\S+)\/v1 {3}Service: (\S+)/,
    );
    await demo.says(/POST \/v1\/searches/);
    expect(readdirSync(folder.path).some((name) => name.startsWith('plimsoll-demo-'))).toBe(true);
    demo.child.kill('SIGINT');
    expect(await demo.ended).toMatchObject({ code: 130, stdout: '' });
    expect(readdirSync(folder.path).filter((name) => name.startsWith('plimsoll-demo-'))).toEqual(
      [],
    );
    for (const url of [simUrl, serviceUrl]) await expect(fetch(url)).rejects.toThrow();
    folder.remove();
  });

  test('its processes go with it, even when it is killed', async () => {
    const folder = temporaryFolder();
    const demo = run('src/cli/demo.ts', [], { TMPDIR: folder.path });
    const [, simUrl = '', serviceUrl = ''] = await demo.says(
      /Simulated server: (\S+)\/v1 {3}Service: (\S+)/,
    );
    demo.child.kill('SIGKILL');
    await demo.ended;
    for (const url of [simUrl, serviceUrl]) {
      await expect
        .poll(
          () =>
            fetch(url).then(
              () => 'up',
              () => 'gone',
            ),
          { timeout: 10_000 },
        )
        .toBe('gone');
    }
    folder.remove();
  });
});

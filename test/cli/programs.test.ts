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
    [['--server', 'none'], '--server takes fast'],
    [['--port', '70000'], '--port is at most 65535'],
    [['--speed', '0'], '--speed is at least 0.001'],
    [['--nope'], '--nope'],
  ])('%s is a usage error: exit 2', async (args, words) => {
    const ended = await run('src/cli/plimsoll.ts', ['sim', ...args]).ended;
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(words);
    expect(ended.stderr).toContain('plimsoll sim --help');
  });
});

describe('demo', () => {
  test('ctrl-C stops the processes and removes the folder: exit 130', async () => {
    const folder = temporaryFolder();
    const demo = run('src/cli/plimsoll.ts', ['demo'], { TMPDIR: folder.path });
    const [, simUrl = '', serviceUrl = ''] = await demo.says(
      /Simulated server: (\S+)\/v1 {3}Service: (\S+)/,
    );
    await demo.says(/POST \/v1\/searches/);
    expect(readdirSync(folder.path).some((name) => name.startsWith('plimsoll-demo-'))).toBe(true);
    demo.child.kill('SIGINT');
    const ended = await demo.ended;
    expect(ended.code).toBe(130);
    // What is known is printed all the same, as the cancelled search that it is.
    expect(JSON.parse(ended.stdout)).toMatchObject({ summary: { state: 'cancelled' } });
    expect(readdirSync(folder.path).filter((name) => name.startsWith('plimsoll-demo-'))).toEqual(
      [],
    );
    for (const url of [simUrl, serviceUrl]) await expect(fetch(url)).rejects.toThrow();
    folder.remove();
  });

  test('its processes go with it, even when it is killed', async () => {
    const folder = temporaryFolder();
    const demo = run('src/cli/plimsoll.ts', ['demo'], { TMPDIR: folder.path });
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

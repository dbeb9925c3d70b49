/** The version of this program, for commands that have to say it. */
import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;

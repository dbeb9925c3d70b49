/**
 * A conversation under way: which turn is next, and how long its prompt has grown. The generator and
 * the virtual client both keep one for each conversation, so that they ask for the same tokens.
 *
 * Closed loop: a stream carries one conversation to its end, thinking included, then begins the next;
 * the load is the number of conversations at once. Open loop: the load is requests per second. Each
 * arrival asks the next turn of the conversation that has been ready longest (answered, and its user
 * has thought), and begins a new one when none is ready; so the rate is exact from the first moment,
 * and how many conversations stand open follows from it.
 */
import { assert } from '../base/result.ts';
import { type Conversation, type RequestShape, sharedTokens, type Turn } from './conversation.ts';

export interface Dialogue {
  readonly conversation: Conversation;
  /** Index of the turn that is next or under way. */
  turn: number;
  /** Tokens of the whole prompt of that turn. */
  inputTokens: number;
}

export function beginDialogue(conversation: Conversation): Dialogue {
  const dialogue = { conversation, turn: 0, inputTokens: 0 };
  dialogue.inputTokens = sharedTokens(conversation) + turnOf(dialogue).inputTokens;
  return dialogue;
}

export function turnOf(dialogue: Dialogue): Turn {
  const turn = dialogue.conversation.turns[dialogue.turn];
  assert(turn !== undefined, 'a turn beyond the end of its conversation');
  return turn;
}

/** The request of the present turn. */
export function shapeOf(dialogue: Dialogue): RequestShape {
  const { part } = dialogue.conversation;
  return {
    part,
    inputTokens: dialogue.inputTokens,
    outputTokens: turnOf(dialogue).outputTokens,
  };
}

export function hasNextTurn(dialogue: Dialogue): boolean {
  return dialogue.turn + 1 < dialogue.conversation.turns.length;
}

/** The present turn was answered with so many tokens; the next one is due after its user has thought. */
export function advance(dialogue: Dialogue, outputTokens: number): void {
  assert(hasNextTurn(dialogue), 'no turn after the last');
  dialogue.turn += 1;
  dialogue.inputTokens += outputTokens + turnOf(dialogue).inputTokens;
}

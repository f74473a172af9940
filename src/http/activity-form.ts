/**
 * The form of an activity, checked before any of it is used: the SDK and the bot read these fields without a second look.
 * What else is in it stays as it came. Teams always sends who, to whom and where; whoever leaves that out is not Teams.
 */
import { z } from 'zod';
import { wellFormed } from '../calendar/well-formed.ts';

const MOST_ENTITIES = 250;
/** Ids of chats and people are far shorter, and names too. */
const id = z.string().min(1).max(2_048);
/** It goes into a header of what we send there. */
const chatId = id.regex(/^[\x20-\x7e]+$/);
const words = z.string().max(2_048).nullish();
const account = z.object({ id, aadObjectId: words, name: words }).passthrough();

const mention = z.object({ mentioned: z.object({ id }).passthrough(), text: z.string().max(2_048) });

const activity = z.object({
  type: z.string().min(1).max(100),
  channelId: z.string().min(1).max(100),
  id: words,
  name: words,
  replyToId: words,
  action: words,
  locale: words,
  localTimezone: words,
  conversation: z.object({ id: chatId, tenantId: words, conversationType: words }).passthrough(),
  from: account,
  recipient: account,
  text: z.string().nullish(),
  entities: z
    .array(
      z
        .object({ type: z.string(), text: words, timezone: words, locale: words })
        .passthrough()
        // The SDK takes the bot's own mention out of the text.
        .refine((one) => one.type.toLowerCase() !== 'mention' || mention.safeParse(one).success),
    )
    .max(MOST_ENTITIES)
    .optional(),
  channelData: z
    .object({ tenant: z.object({ id: words }).passthrough().nullish() })
    .passthrough()
    .nullish(),
  membersAdded: z.array(z.object({ id }).passthrough()).nullish(),
  membersRemoved: z.array(z.object({ id }).passthrough()).nullish(),
  attachments: z.array(z.object({}).passthrough()).nullish(),
});

/** The form of a press; other invokes are answered by who knows them. */
const press = z.object({
  action: z.object({ verb: z.string().max(200), data: z.object({}).passthrough().nullish() }).passthrough(),
});

/** Nothing that Teams sends is nested like this, and what is can't be written down again. */
const DEEPEST = 64;
/** Brackets in texts count too: an answer that is a little too strict, without a parser of our own. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** Undefined when it is no activity. */
export function readActivity(text: string): Record<string, unknown> | undefined {
  if (isDeep(text)) return undefined;
  try {
    // PostgreSQL takes neither NUL nor half a character.
    const given: unknown = wellFormed(JSON.parse(text));
    return isActivity(given) ? (given as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isActivity(given: unknown): boolean {
  const read = activity.safeParse(given);
  if (!read.success) return false;
  const { type, name, value } = given as { type: string; name?: unknown; value?: unknown };
  return type !== 'invoke' || name !== 'adaptiveCard/action' || press.safeParse(value).success;
}

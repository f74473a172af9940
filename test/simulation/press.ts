/** Buttons on a card as somebody finds them in their chat: what each carries, with what they typed into the card. */
import type { ChannelActivity } from '../../sandbox/connector/connector.ts';
import type { Chance } from './chance.ts';

export interface Button {
  activityId: string;
  verb: string;
  data: Record<string, unknown>;
}

type Node = Record<string, unknown>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

function* nodesIn(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const one of value) yield* nodesIn(one);
  else if (isNode(value)) {
    yield value;
    for (const one of Object.values(value)) yield* nodesIn(one);
  }
}

/** What somebody leaves or puts in a field. */
function filled({ type, value, choices, isMultiSelect }: Node, chance: Chance): unknown {
  if (type === 'Input.ChoiceSet') {
    const all = Array.isArray(choices) ? (choices as { value?: string }[]).map((one) => one.value) : [];
    return chance.hits(0.5) && value !== undefined
      ? value
      : isMultiSelect
        ? all.slice(0, 2).join(',')
        : chance.pick(all);
  }
  if (type === 'Input.Text') return value === undefined || value === '' ? 'Decide on the offer' : value;
  if (type === 'Input.Toggle') return value ?? 'false';
  return value;
}

export function buttonsOn(activity: ChannelActivity, chance: Chance): Button[] {
  const nodes = [...nodesIn(activity.attachments?.map((one) => one.content) ?? [])];
  const inputs = Object.fromEntries(
    nodes.flatMap((node) =>
      typeof node.type === 'string' && node.type.startsWith('Input.') && typeof node.id === 'string'
        ? [[node.id, filled(node, chance)]]
        : [],
    ),
  );
  return nodes.flatMap((node) =>
    node.type === 'Action.Execute' && typeof node.verb === 'string'
      ? [
          {
            activityId: activity.id ?? '',
            verb: node.verb,
            data: { ...inputs, ...(isNode(node.data) ? node.data : {}) },
          },
        ]
      : [],
  );
}

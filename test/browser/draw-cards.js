/* Runs in the browser (card-renderer.ts), beside Microsoft's renderer. */

/** Without a Markdown library the renderer shows the signs themselves; our cards use no more than these. */
function toHtml(text) {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/\\([\\*_~`[\]<>|#{])/g, (_all, mark) => `&#${mark.charCodeAt(0)};`)
    .replace(/\*\*(.+?)\*\*/g, '<b>$1</b>')
    .replace(/\[(.+?)\]\((.+?)\)/g, '<a href="$2">$1</a>')
    .replace(/(^|\n)- (.*)/g, '$1<div>•&nbsp;$2</div>')
    .replace(/\n+/g, '');
}

/** Returns what the renderer complained about. */
globalThis.drawCards = (cards, config) => {
  const kit = globalThis.AdaptiveCards;
  kit.AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = toHtml(text);
    result.didProcess = true;
  };
  const complaints = [];
  for (const { name, card } of cards) {
    const context = new kit.SerializationContext();
    const renderer = new kit.AdaptiveCard();
    renderer.hostConfig = new kit.HostConfig(config);
    renderer.parse(card, context);
    for (let index = 0; index < context.eventCount; index += 1)
      complaints.push(`${name}: ${context.getEventAt(index).message}`);
    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    caption.textContent = name;
    figure.append(caption, renderer.render());
    document.querySelector('main').append(figure);
  }
  return complaints;
};

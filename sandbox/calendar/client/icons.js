/** Line icons on a 16-pixel grid, drawn in the colour of the text around them. */

const PATHS = {
  online:
    'M2 5.5A1.5 1.5 0 0 1 3.5 4h5A1.5 1.5 0 0 1 10 5.5v5A1.5 1.5 0 0 1 8.5 12h-5A1.5 1.5 0 0 1 2 10.5zM10 7l4-2v6l-4-2z',
  recurring: 'M3 7.5A5 5 0 0 1 12 5M13 8.5A5 5 0 0 1 4 11M12.3 2.3V5.2H9.4M3.7 13.7v-2.9h2.9',
  private: 'M4.5 7.5h7v5.5h-7zM6 7.5V5.5a2 2 0 0 1 4 0v2',
  place: 'M8 14s4.5-4 4.5-7.5a4.5 4.5 0 0 0-9 0C3.5 10 8 14 8 14zM8 8.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4z',
  left: 'M10 3.5 5.5 8l4.5 4.5',
  right: 'M6 3.5 10.5 8 6 12.5',
  close: 'M4 4l8 8M12 4l-8 8',
  people:
    'M6 7.5a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6zM2 13c0-2.3 1.7-3.7 4-3.7s4 1.4 4 3.7M10.5 3.2a2.2 2.2 0 0 1 0 4.1M12 9.7c1.3.5 2 1.7 2 3.3',
  note: 'M3 4h10M3 8h10M3 12h6',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.5',
  plus: 'M8 3v10M3 8h10',
  accepted: 'M3.5 8.5l3 3 6-7',
  tentative: 'M5.8 6a2.2 2.2 0 1 1 3.3 1.9C8.3 8.4 8 8.8 8 9.7M8 12.3v.1',
  declined: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
};

const SVG = 'http://www.w3.org/2000/svg';

/** With a `title` the icon speaks; without one it is decoration. */
export function icon(name, title) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `icon icon-${name}`);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  if (title) {
    const text = document.createElementNS(SVG, 'title');
    text.textContent = title;
    svg.setAttribute('role', 'img');
    svg.append(text);
  } else {
    svg.setAttribute('aria-hidden', 'true');
  }
  svg.append(path);
  return svg;
}

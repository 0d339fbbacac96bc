// The list of the gallery. What is chosen is told to test/gallery/open.ts, which has it drawn in the window beside.
const form = document.getElementById('switches');
const filter = document.getElementById('filter');
const list = document.getElementById('states');
const said = document.getElementById('said');

let all = [];
let current = null;
let chosen = 0;

const shown = () => {
  const word = filter.value.trim().toLowerCase();
  return all.filter(({ name, group }) => `${group} ${name}`.toLowerCase().includes(word));
};

const choose = () => {
  if (current === null) return;
  const is = (name) => form.elements[name].checked;
  const appearance = {
    colorScheme: is('dark') ? 'dark' : 'light',
    contrast: is('contrast') ? 'more' : 'no-preference',
    reducedMotion: is('motion') ? 'reduce' : 'no-preference',
    text: is('text') ? '130%' : '100%',
  };
  chosen += 1;
  said.textContent = `Drawing ${current} …`;
  window.choose({ nth: chosen, name: current, appearance, window: is('small') ? 'small' : 'large' });
};

const select = (name) => {
  current = name;
  for (const row of list.querySelectorAll('[role=option]')) {
    const isCurrent = row.dataset.name === name;
    row.setAttribute('aria-selected', String(isCurrent));
    if (isCurrent) {
      row.scrollIntoView({ block: 'nearest' });
      list.setAttribute('aria-activedescendant', row.id);
    }
  }
  choose();
};

const draw = () => {
  const row = ({ name }) => {
    const item = document.createElement('div');
    Object.assign(item, { id: `state-${name}`, role: 'option', textContent: name, onclick: () => select(name) });
    item.dataset.name = name;
    item.setAttribute('aria-selected', String(name === current));
    return item;
  };
  const heading = (group) => Object.assign(document.createElement('div'), { role: 'presentation', textContent: group });
  const rows = shown();
  list.replaceChildren(
    ...rows.flatMap((state, at) => [
      ...(rows[at - 1]?.group === state.group ? [] : [heading(state.group)]),
      row(state),
    ]),
  );
};

const step = (by) => {
  const names = shown().map(({ name }) => name);
  if (names.length === 0) return;
  const at = names.indexOf(current);
  select(names[at < 0 ? 0 : (at + by + names.length) % names.length]);
};

const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
addEventListener('keydown', (event) => {
  const by = steps[event.key];
  const isTyping = event.target === filter && event.key !== 'ArrowDown' && event.key !== 'ArrowUp';
  if (by === undefined || isTyping) return;
  event.preventDefault();
  step(by);
});
filter.addEventListener('input', draw);
form.addEventListener('change', (event) => event.target !== filter && choose());
form.addEventListener('submit', (event) => event.preventDefault());

globalThis.show = (states, first) => {
  all = states;
  draw();
  list.focus();
  select(first ?? all[0].name);
};
globalThis.drawn = ({ nth, problem }) => {
  if (nth !== chosen) return;
  const place = all.findIndex(({ name }) => name === current);
  const found = `${all[place].group}: ${current}, ${place + 1} of ${all.length}. ↑ ↓ for the others.`;
  said.textContent = problem === '' ? found : problem;
};

/* Tables that the reader sorts; the choice outlives every fresh overview. */

const orders = new Map();

/** Sort by the column of a button; once more turns the order round. */
export function sortBy(button) {
  const table = button.closest("table");
  const column = Number(button.dataset.column);
  const before = orders.get(table.id);
  const numeric = button.closest("th").classList.contains("number");
  const down = before?.column === column ? !before.down : numeric;
  orders.set(table.id, { column, down });
  mark(table, column, down);
  const rows = [...table.tBodies[0].rows];
  table.tBodies[0].append(...inOrder(rows, (row) => row.cells[column]?.dataset.sort, down));
}

/** The rows of a table's data in the order that the reader chose for it. */
export function arranged(id, rows) {
  const order = orders.get(id);
  return order ? inOrder(rows, (row) => row[2 + order.column]?.[1]["data-sort"], order.down) : rows;
}

function inOrder(rows, valueOf, down) {
  return [...rows].sort((one, other) => compared(valueOf(one), valueOf(other), down));
}

function mark(table, column, down) {
  [...table.tHead.rows[0].cells].forEach((head, place) => {
    if (place === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
}

/** What is not known comes last, whichever way round. */
function compared(left, right, down) {
  if (left === undefined || right === undefined) return (left === undefined) - (right === undefined);
  const numbers = Number(left) - Number(right);
  const order = Number.isNaN(numbers) ? left.localeCompare(right) : numbers;
  return down ? -order : order;
}

// Preloaded into Azurite: its table store finds rows by their keys. As it is, it looks at every row of a table for every
// query and most point reads (lokijs `where`), so that what it takes grows with the table, as Azure's does not.
// What is found this way still passes Azurite's own filter: this only leaves out rows that cannot be meant.
"use strict";

const path = require("node:path");

const PERSISTENCE = path.join(__dirname, "..", "node_modules", "azurite", "dist", "src", "table", "persistence");
const Store = require(path.join(PERSISTENCE, "LokiTableMetadataStore.js")).default;
const parse = require(path.join(PERSISTENCE, "QueryInterpreter", "QueryParser.js")).default;

const ALL = [{}];
const keysOf = new WeakMap();

// The first place in a sorted list whose text is not before `key` (or, `after`, the first one behind it).
function place(sorted, key, after) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < key || (after && sorted[middle] === key)) low = middle + 1;
    else high = middle;
  }
  return low;
}

class Keys {
  constructor(collection) {
    this.parts = new Map();
    collection.data.forEach((row) => this.add(row));
    collection.on("insert", (rows) => [rows].flat().forEach((row) => this.add(row)));
    collection.on("update", (row) => this.add(row));
    collection.on("delete", (row) => this.drop(row));
  }

  add(row) {
    let part = this.parts.get(row.PartitionKey);
    if (!part) this.parts.set(row.PartitionKey, (part = { rows: new Map(), sorted: [] }));
    if (!part.rows.has(row.RowKey)) part.sorted.splice(place(part.sorted, row.RowKey), 0, row.RowKey);
    part.rows.set(row.RowKey, row);
  }

  drop(row) {
    const part = this.parts.get(row.PartitionKey);
    if (!part || !part.rows.delete(row.RowKey)) return;
    part.sorted.splice(place(part.sorted, row.RowKey), 1);
  }

  get(partitionKey, rowKey) {
    return this.parts.get(partitionKey)?.rows.get(rowKey) ?? null;
  }

  // The rows in any of `ranges`, once each.
  within(ranges) {
    const found = new Set();
    for (const range of ranges) {
      const parts = range.partition === undefined ? this.parts.values() : [this.parts.get(range.partition)];
      for (const part of parts) {
        if (!part) continue;
        const from = range.from === undefined ? 0 : place(part.sorted, range.from);
        const to = range.to === undefined ? part.sorted.length : place(part.sorted, range.to, true);
        for (let at = from; at < to; at++) found.add(part.rows.get(part.sorted[at]));
      }
    }
    return [...found];
  }
}

// Which keys a condition can be true for: ranges with both ends in them, wider than the truth where that is simpler.
function ranges(node) {
  if (node.name === "or") return [...ranges(node.left), ...ranges(node.right)];
  if (node.name === "and") return ranges(node.left).flatMap((a) => ranges(node.right).flatMap((b) => both(a, b)));
  const key = node.left?.identifier;
  const value = node.right?.value;
  if (typeof value !== "string") return ALL;
  if (key === "PartitionKey" && node.name === "eq") return [{ partition: value }];
  if (key !== "RowKey") return ALL;
  if (node.name === "eq") return [{ from: value, to: value }];
  if (node.name === "ge" || node.name === "gt") return [{ from: value }];
  if (node.name === "le" || node.name === "lt") return [{ to: value }];
  return ALL;
}

function both(a, b) {
  if (a.partition !== undefined && b.partition !== undefined && a.partition !== b.partition) return [];
  const from = a.from === undefined || b.from > a.from ? b.from : a.from;
  const to = a.to === undefined || b.to < a.to ? b.to : a.to;
  return [{ partition: a.partition ?? b.partition, from, to }];
}

function meant(collection, filter) {
  let condition;
  try {
    condition = filter && parse(filter);
  } catch {
    // Azurite refuses it in its own words.
  }
  return condition ? keys(collection).within(ranges(condition)) : collection.data;
}

function keys(collection) {
  if (!keysOf.has(collection)) keysOf.set(collection, new Keys(collection));
  return keysOf.get(collection);
}

const asItIs = Store.prototype.getEntityCollection;
Store.prototype.getEntityCollection = function (...where) {
  const collection = asItIs.apply(this, where);
  if (!Object.hasOwn(collection, "findOne")) {
    collection.findOne = (query) => keys(collection).get(query.PartitionKey, query.RowKey);
  }
  return collection;
};

const queryAsItIs = Store.prototype.queryTableEntities;
Store.prototype.queryTableEntities = function (context, account, table, options, ...next) {
  const store = Object.create(this);
  store.getEntityCollection = (...where) => {
    const collection = this.getEntityCollection(...where);
    return { chain: () => new Chain(meant(collection, options?.filter)) };
  };
  return queryAsItIs.call(store, context, account, table, options, ...next);
};

// What Azurite asks of a chain of lokijs, over rows that are at hand.
class Chain {
  constructor(rows) {
    this.rows = rows;
  }

  where(condition) {
    return new Chain(this.rows.filter(condition));
  }

  sort(compare) {
    return new Chain([...this.rows].sort(compare));
  }

  limit(number) {
    return new Chain(this.rows.slice(0, number));
  }

  data() {
    return this.rows;
  }
}

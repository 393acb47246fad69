// Reads {"tables": {name: "(column: type, …)"}, "queries": {name: text}} and answers {name: ["what is wrong", …]}.
// Microsoft's own parser and binder of KQL, the one behind the query editor.
const fs = require('fs');
const path = require('path');
const vm = require('vm');

const folder = path.join(__dirname, 'node_modules', '@kusto', 'language-service-next');
for (const file of ['bridge.js', 'Kusto.Language.Bridge.js']) {
  vm.runInThisContext(fs.readFileSync(path.join(folder, file), 'utf8'));
}
const Symbols = Kusto.Language.Symbols;

function database(tables) {
  for (const name of ['$ctor1', '$ctor2', '$ctor3', 'ctor']) {
    try {
      return new Symbols.DatabaseSymbol[name]('workspace', tables);
    } catch (problem) {
      continue;
    }
  }
  throw new Error('this version has no constructor that takes tables');
}

const asked = JSON.parse(fs.readFileSync(0, 'utf8'));
const tables = Object.entries(asked.tables).map(([name, columns]) => Symbols.TableSymbol.From(columns).WithName(name));
const globals = Kusto.Language.GlobalState.Default.WithDatabase(database(tables));
const answer = {};
for (const [name, query] of Object.entries(asked.queries)) {
  const found = Kusto.Language.KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  answer[name] = [];
  for (let i = 0; i < found.Count; i += 1) {
    answer[name].push(`${found.getItem(i).Severity}: ${found.getItem(i).Message}`);
  }
}
console.log(JSON.stringify(answer));

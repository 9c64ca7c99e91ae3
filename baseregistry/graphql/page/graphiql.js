"use strict";
// GraphiQL over this server, with the token, purpose and case of this tab; what stands in the header editor wins.
// A link may bring the token behind #token=, which a browser sends to nobody.
const KEPT = "baseregistry.";
const SAID = { token: "", purpose: "land-transfer", case: "THU-1" }; // of the sample's first set
const input = (name) => document.getElementById(name);
const root = ReactDOM.createRoot(document.getElementById("graphiql"));
const SOCKET = new URL("/graphql", location.href.replace(/^http/, "ws")).href;
const EXAMPLES = [
  {
    query: `# Tìm người theo họ tên, không cần dấu:
# họ có quyền với thửa đất nào, theo căn cứ nào?
# People by name, without diacritics:
# what land do they hold, and on whose word?
query People($name: String! = "thi nguyen") {
  persons(
    where: {
      fullName: { search: $name }
      rights: { some: {} }
    }
    first: 5
  ) {
    nodes {
      fullName
      birthDate
      rights {
        nodes {
          kind { titleVi titleEn }
          parcel {
            mapSheet
            parcelNumber
            documentedArea
            addressLine
          }
          version {
            validFrom
            change { position agency documentNumber }
          }
        }
      }
    }
  }
}
`,
  },
  {
    query: `# Đơn vị hành chính theo tên: hôm nay,
# và trước khi sắp xếp ngày 01/7/2025.
# Units by name: today, and before the
# reorganisation of 2025-07-01.
query Units($name: String! = "Hội An") {
  today: units(where: { name: { search: $name } }) {
    ...found
  }
  before: units(
    where: { name: { search: $name } }
    asOf: { validAt: "2025-06-30" }
  ) {
    ...found
  }
}

fragment found on UnitConnection {
  nodes {
    code
    name
    level { titleVi titleEn }
    parent { name }
    version {
      validFrom
      validTo
      change { legalBasis }
    }
  }
}
`,
  },
  {
    headers: JSON.stringify({ "X-Purpose": "land-register" }, null, 2),
    query: `# Theo dõi biến động thửa đất ngay khi ghi nhận;
# since là vị trí sổ cái mà từ đó đọc tiếp.
# Follow what changes as it is recorded; since
# is the ledger position to go on from.
subscription ParcelChanges {
  parcelChanges(since: 0) {
    position
    effect
    versions { mapSheet parcelNumber commune { name } }
    change { kind agency documentNumber }
  }
}
`,
  },
];

function keep(name, value) {
  sessionStorage.setItem(KEPT + name, value.trim().replace(/^Bearer\s+/i, ""));
}

function kept(name) {
  return sessionStorage.getItem(KEPT + name) ?? SAID[name];
}

function sent() {
  const headers = {};
  if (kept("token")) {
    headers.Authorization = "Bearer " + kept("token");
    if (kept("purpose")) headers["X-Purpose"] = kept("purpose");
    if (kept("case")) headers["X-Case"] = kept("case");
  }
  return headers;
}

function render() {
  const headers = sent();
  Object.keys(SAID).forEach((name) => { input(name).value = kept(name); });
  const fetcher = GraphiQL.createFetcher({
    url: "/graphql",
    headers,
    subscriptionUrl: SOCKET, // graphql-transport-ws
    wsConnectionParams: headers,
  });
  root.render(React.createElement(GraphiQL, {
    key: JSON.stringify(headers), // who asks otherwise asks for the schema again
    fetcher,
    defaultTabs: EXAMPLES,
    defaultEditorToolsVisibility: kept("token") ? "variables" : "headers",
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
  }));
}

document.getElementById("token-bar").addEventListener("submit", (event) => {
  event.preventDefault();
  Object.keys(SAID).forEach((name) => keep(name, input(name).value));
  render();
});
if (location.hash.startsWith("#token=")) {
  keep("token", decodeURIComponent(location.hash.slice(7)));
  history.replaceState(null, "", location.pathname);
}
render();

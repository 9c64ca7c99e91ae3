"use strict";
// GraphiQL over this server, with the token of this tab; an Authorization header in the header editor wins.
// A link may bring the token behind #token=, which a browser sends to nobody.
const KEPT = "baseregistry.token";
const input = document.getElementById("token");
const root = ReactDOM.createRoot(document.getElementById("graphiql"));
const EXAMPLE = `# A unit by its code, as it was before the reorganisation of 2025-07-01.
query Unit($code: String!) {
  unit(code: $code, asOf: { validAt: "2025-06-30" }) {
    name
    parent { name }
    version { validFrom validTo change { agency recordedAt legalBasis } }
  }
}
`;

function keep(token) {
  sessionStorage.setItem(KEPT, token.trim().replace(/^Bearer\s+/i, ""));
}

function render() {
  const token = sessionStorage.getItem(KEPT) || "";
  input.value = token;
  const fetcher = GraphiQL.createFetcher({
    url: "/graphql",
    headers: token ? { Authorization: "Bearer " + token } : {},
  });
  root.render(React.createElement(GraphiQL, {
    key: token, // a new token asks for the schema again
    fetcher,
    variables: '{ "code": "49" }',
    defaultQuery: EXAMPLE,
    defaultEditorToolsVisibility: token ? "variables" : "headers",
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
  }));
}

document.getElementById("token-bar").addEventListener("submit", (event) => {
  event.preventDefault();
  keep(input.value);
  render();
});
if (location.hash.startsWith("#token=")) {
  keep(decodeURIComponent(location.hash.slice(7)));
  history.replaceState(null, "", location.pathname);
}
render();

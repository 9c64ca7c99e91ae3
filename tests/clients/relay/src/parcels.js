import { graphql } from 'relay-runtime';

export const page = graphql`
  fragment parcels_page on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" })
  @refetchable(queryName: "parcelsPageQuery") {
    parcels(first: $count, after: $cursor) @connection(key: "parcels_page_parcels") {
      edges {
        node {
          id
          mapSheet
          parcelNumber
          rights(first: 3) {
            nodes {
              holder {
                __typename
                ... on Person {
                  fullName
                }
              }
            }
          }
        }
      }
    }
  }
`;

export const query = graphql`
  query parcelsQuery($id: ID!) {
    ...parcels_page
    node(id: $id) {
      id
      ... on Parcel {
        address
      }
    }
  }
`;

//! Concepts as G2 names them: by qcode, URI or literal, with names and neighbours.

use std::collections::{HashMap, HashSet};

use wiredesk_model::WireTerm;

use crate::wire::el::El;

/// What an item declares of the terms in it: vocabularies, alias to URI, and names.
#[derive(Debug, Default)]
pub struct Schemes {
    by_alias: HashMap<String, String>,
    names: HashMap<String, String>,
    /// Literals that only lead to an assertion in the same item, and are no codes outside it.
    pointers: HashSet<String>,
}

impl Schemes {
    /// Reads the catalogs and assertions in an item.
    pub fn read(item: El<'_, '_>) -> Self {
        let declared = item.all("catalog").flat_map(|catalog| {
            catalog
                .children()
                .filter(|scheme| scheme.is("scheme"))
                .filter_map(|scheme| Some((scheme.attr("alias")?, scheme.attr("uri")?)))
                .collect::<Vec<_>>()
        });
        let asserted = item.all("assert").filter_map(|assert| {
            let code = assert.any_attr(&["qcode", "uri", "literal"])?;
            Some((code, assert.child_line("name")?))
        });
        let pointers = item
            .all("assert")
            .filter(|assert| assert.any_attr(&["qcode", "uri"]).is_none())
            .filter_map(|assert| assert.attr("literal"));
        Self {
            by_alias: declared.collect(),
            names: asserted.collect(),
            pointers: pointers.collect(),
        }
    }

    /// The vocabulary of a qcode: its URI where the catalog has it, or else its alias.
    fn of_qcode(&self, qcode: &str) -> Option<String> {
        let (alias, _) = qcode.split_once(':')?;
        Some(
            self.by_alias
                .get(alias)
                .map_or(alias, String::as_str)
                .to_owned(),
        )
    }

    /// The term that an element names.
    pub fn term(&self, el: El<'_, '_>) -> WireTerm {
        let mut term = self.plain(el);
        for child in el.children() {
            let neighbour = || {
                let term = self.plain(child);
                (term.code.is_some() || term.name.is_some()).then_some(term)
            };
            match child.name() {
                "broader" => term.broader.extend(neighbour()),
                "sameAs" | "mainConcept" | "facetConcept" => term.same_as.extend(neighbour()),
                _ => {}
            }
        }
        term
    }

    fn plain(&self, el: El<'_, '_>) -> WireTerm {
        let qcode = el.attr("qcode");
        let scheme = qcode.as_deref().and_then(|qcode| self.of_qcode(qcode));
        let uri = el.attr("uri");
        let scheme = scheme.or_else(|| {
            let (scheme, _) = uri.as_deref()?.rsplit_once(['/', '#'])?;
            Some(scheme.to_owned())
        });
        let literal = el.attr("literal");
        // Beside a code, the literal is the name that goes with it.
        let by_literal = literal.clone().filter(|_| qcode.is_some() || uri.is_some());
        let code = qcode.or(uri).or(literal);
        let own_text = || {
            let has_elements = el.children().next().is_some();
            (!has_elements).then(|| el.line()).flatten()
        };
        let asserted = || self.names.get(code.as_deref()?).cloned();
        let name = el
            .child_line("name")
            .or(by_literal)
            .or_else(own_text)
            .or_else(asserted);
        let is_pointer = code
            .as_ref()
            .is_some_and(|code| self.pointers.contains(code));
        WireTerm {
            scheme,
            name,
            is_pointer,
            kind: el.attr("type"),
            role: el.any_attr(&["role", "rel"]),
            relevance: el.attr("relevance").and_then(|number| number.parse().ok()),
            code,
            ..WireTerm::default()
        }
    }
}

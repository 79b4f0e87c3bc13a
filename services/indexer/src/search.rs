//! Answers from the index.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tantivy::aggregation::AggregationCollector;
use tantivy::aggregation::agg_req::Aggregations;
use tantivy::collector::{Count, TopDocs};
use tantivy::columnar::StrColumn;
use tantivy::query::Query;
use tantivy::schema::Value as _;
use tantivy::{DocAddress, IndexReader, Order, Searcher, TantivyDocument};

use crate::IndexError;
use crate::ask::{Ask, Sort};
use crate::document::Shown;
use crate::fields::FACETS;
use crate::marks::{Marks, Piece};
use crate::query::{Asking, is_plain};
use crate::stems::Stems;
use crate::store::Store;
use crate::syntax::parse;
use crate::writer::standing;

/// Values of each facet that are told.
const FACET_VALUES: usize = 10;
/// Hits looked at beyond those that are asked for, so that folding has what it needs.
const SPARE: usize = 50;
/// Hits looked at for folding, at the most.
const MOST: usize = 20_000;
/// Stories named below the hit that stands for them.
const NEAR: usize = 5;

/// A story that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hit {
    /// What is known of it; its body is left out.
    #[serde(flatten)]
    pub shown: Shown,
    /// How well it fits; only where hits come by relevance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// The headline, with what was asked for marked.
    pub headline_pieces: Vec<Piece>,
    /// The piece of the text that fits best.
    pub snippet: Vec<Piece>,
    /// Other stories that tell the same and were found too; the first few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same: Vec<Same>,
    /// How many of these there are.
    #[serde(default)]
    pub same_count: usize,
}

/// A story that tells the same as a hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Same {
    /// Story id.
    pub story: String,
    /// The configured source.
    pub source: String,
    /// Main headline.
    pub headline: String,
}

/// A value with the number of stories that have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FacetValue {
    /// The value.
    pub value: String,
    /// Stories found that have it.
    pub count: u64,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// Stories found, before those that tell the same were folded.
    pub total: usize,
    /// The order of the hits.
    pub sort: Sort,
    /// Whether nothing was found as it was written, so that the words count with other spellings.
    pub respelt: bool,
    /// The hits.
    pub hits: Vec<Hit>,
    /// Values of the stories found, the most frequent first: of `source`, `language`, `subject`,
    /// `place` and `person`.
    pub facets: BTreeMap<String, Vec<FacetValue>>,
    /// Stories in the index.
    pub stories: u64,
    /// When the index was last brought up to date, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indexed_at: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// An index that can be asked.
pub struct Search {
    store: Store,
    reader: IndexReader,
}

/// What one query gave: places of hits in order, and what is counted.
struct Raw {
    hits: Vec<(Option<f32>, DocAddress)>,
    total: usize,
    facets: BTreeMap<String, Vec<FacetValue>>,
}

/// A hit with those that are folded into it.
struct Folded {
    score: Option<f32>,
    first: DocAddress,
    same: Vec<DocAddress>,
}

impl Search {
    /// Opens the index at `place`. What an indexer changes later is seen within a second.
    ///
    /// # Errors
    /// Where there is no index, it is of another build, or it cannot be read.
    pub fn open(place: &Path) -> Result<Self, IndexError> {
        let store = Store::open(place)?;
        let reader = store.index.reader();
        let reader = reader.map_err(|error| IndexError::of(place, error))?;
        Ok(Self { store, reader })
    }

    /// Takes in at once what was changed.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn refresh(&self) -> Result<(), IndexError> {
        self.reader.reload().map_err(|error| self.failed(error))
    }

    /// Answers a question.
    ///
    /// # Errors
    /// Where the question cannot be answered, with what to change, or the index cannot be read.
    pub fn ask(&self, ask: &Ask) -> Result<Found, IndexError> {
        let started = Instant::now();
        ask.check()?;
        let clauses = parse(&ask.text)?;
        let searcher = self.reader.searcher();
        let mut asking = Asking::new(&self.store.fields, ask, false);
        let query = asking.query(ask, &clauses);
        let mut raw = self.run(&searcher, query.as_ref(), ask)?;
        let mut marks = asking.marks;
        let mut respelt = false;
        if raw.total == 0 && clauses.iter().any(is_plain) {
            let mut asking = Asking::new(&self.store.fields, ask, true);
            let query = asking.query(ask, &clauses);
            raw = self.run(&searcher, query.as_ref(), ask)?;
            marks = asking.marks;
            respelt = raw.total > 0;
        }
        let hits = self.hits(&searcher, &raw, ask, &marks)?;
        let standing = standing(&self.store)?;
        Ok(Found {
            total: raw.total,
            sort: ask.order(),
            respelt,
            hits,
            facets: raw.facets,
            stories: searcher.num_docs(),
            indexed_at: standing.at.map(|at| at.to_string()),
            took_ms: started.elapsed().as_millis() as u64,
        })
    }

    fn failed(&self, error: tantivy::TantivyError) -> IndexError {
        IndexError::of(&self.store.path, error)
    }

    /// Looks at as many hits as folding needs for the page that is asked for.
    fn run(&self, searcher: &Searcher, query: &dyn Query, ask: &Ask) -> Result<Raw, IndexError> {
        let wanted = ask.offset + ask.limit;
        let mut limit = wanted * 2 + SPARE;
        loop {
            let raw = self.top(searcher, query, ask.order(), limit)?;
            let is_all = raw.hits.len() < limit || limit >= MOST;
            if is_all || !ask.fold || self.fold(searcher, &raw, ask)?.len() >= wanted {
                return Ok(raw);
            }
            limit = (limit * 4).min(MOST);
        }
    }

    fn top(
        &self,
        searcher: &Searcher,
        query: &dyn Query,
        sort: Sort,
        limit: usize,
    ) -> Result<Raw, IndexError> {
        let top = TopDocs::with_limit(limit);
        let facets = AggregationCollector::from_aggs(facets_asked()?, Default::default());
        let (hits, total, facets) = match sort {
            Sort::Relevance => {
                let asked = (top.order_by_score(), Count, facets);
                let (hits, total, facets) = searcher
                    .search(query, &asked)
                    .map_err(|error| self.failed(error))?;
                let hits = hits.into_iter().map(|(score, at)| (Some(score), at));
                (hits.collect(), total, facets)
            }
            Sort::Newest | Sort::Oldest => {
                let order = match sort == Sort::Newest {
                    true => Order::Desc,
                    false => Order::Asc,
                };
                let asked = (top.order_by_fast_field::<i64>("time", order), Count, facets);
                let (hits, total, facets) = searcher
                    .search(query, &asked)
                    .map_err(|error| self.failed(error))?;
                let hits = hits.into_iter().map(|(_, at)| (None, at));
                (hits.collect(), total, facets)
            }
        };
        Ok(Raw {
            hits,
            total,
            facets: facets_told(&serde_json::to_value(facets).unwrap_or_default()),
        })
    }

    /// The first hit of every chain stands for the others.
    fn fold(&self, searcher: &Searcher, raw: &Raw, ask: &Ask) -> Result<Vec<Folded>, IndexError> {
        let mut chains = Chains::default();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut folded: Vec<Folded> = Vec::new();
        for (score, at) in &raw.hits {
            let chain = match ask.fold {
                true => chains
                    .of(searcher, *at)
                    .map_err(|error| self.failed(error))?,
                false => None,
            };
            let known = chain.as_ref().and_then(|chain| places.get(chain));
            if let Some(one) = known.and_then(|place| folded.get_mut(*place)) {
                one.same.push(*at);
                continue;
            }
            if let Some(chain) = chain {
                places.insert(chain, folded.len());
            }
            folded.push(Folded {
                score: *score,
                first: *at,
                same: Vec::new(),
            });
        }
        Ok(folded)
    }

    fn hits(
        &self,
        searcher: &Searcher,
        raw: &Raw,
        ask: &Ask,
        marks: &Marks,
    ) -> Result<Vec<Hit>, IndexError> {
        let folded = self.fold(searcher, raw, ask)?;
        let page = folded.iter().skip(ask.offset).take(ask.limit);
        page.map(|one| self.hit(searcher, one, marks)).collect()
    }

    fn hit(&self, searcher: &Searcher, one: &Folded, marks: &Marks) -> Result<Hit, IndexError> {
        let mut shown = self.shown(searcher, one.first)?;
        let body = std::mem::take(&mut shown.body);
        let stems = Stems::of(shown.language.as_deref().unwrap_or_default());
        let mut same = Vec::new();
        for at in one.same.iter().take(NEAR) {
            let other = self.shown(searcher, *at)?;
            same.push(Same {
                story: other.story,
                source: other.source,
                headline: other.headline,
            });
        }
        let text = if body.is_empty() {
            &shown.summary
        } else {
            &body
        };
        Ok(Hit {
            score: one.score,
            headline_pieces: marks.whole(&shown.headline, &stems),
            snippet: marks.best(text, &stems),
            same,
            same_count: one.same.len(),
            shown,
        })
    }

    fn shown(&self, searcher: &Searcher, at: DocAddress) -> Result<Shown, IndexError> {
        let document: TantivyDocument = searcher.doc(at).map_err(|error| self.failed(error))?;
        let text = document.get_first(self.store.fields.shown);
        let text = text.and_then(|value| value.as_str()).unwrap_or_default();
        serde_json::from_str(text).map_err(|error| IndexError::Damaged {
            path: self.store.path.clone(),
            detail: format!("a story in it cannot be read: {error}"),
        })
    }
}

/// The chains of hits, read segment by segment.
#[derive(Default)]
struct Chains(HashMap<u32, Option<StrColumn>>);

impl Chains {
    fn of(&mut self, searcher: &Searcher, at: DocAddress) -> tantivy::Result<Option<String>> {
        let column = match self.0.entry(at.segment_ord) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let segment = searcher.segment_reader(at.segment_ord);
                free.insert(segment.fast_fields().str("chain")?)
            }
        };
        let Some(column) = column else {
            return Ok(None);
        };
        let Some(number) = column.ords().first(at.doc_id) else {
            return Ok(None);
        };
        let mut chain = String::new();
        column.ord_to_str(number, &mut chain)?;
        Ok(Some(chain))
    }
}

fn facets_asked() -> Result<Aggregations, IndexError> {
    let asked = FACETS.iter().map(|(name, field)| {
        let terms = json!({ "terms": { "field": field, "size": FACET_VALUES } });
        ((*name).to_owned(), terms)
    });
    let asked: serde_json::Map<_, _> = asked.collect();
    serde_json::from_value(asked.into()).map_err(|error| IndexError::Query(error.to_string()))
}

/// `{"source": {"buckets": [{"key": …, "doc_count": …}]}}` as facets.
fn facets_told(results: &serde_json::Value) -> BTreeMap<String, Vec<FacetValue>> {
    let value = |bucket: &serde_json::Value| {
        Some(FacetValue {
            value: bucket["key"].as_str()?.to_owned(),
            count: bucket["doc_count"].as_u64()?,
        })
    };
    let facets = FACETS.iter().map(|(name, _)| {
        let buckets = results[name]["buckets"].as_array();
        let values = buckets.into_iter().flatten().filter_map(value);
        ((*name).to_owned(), values.collect())
    });
    facets.collect()
}

//! A document that calls another back takes it off `current`, from the file that a wire sends to
//! what subscribers see.

mod newsroom;

use std::time::Duration;

use newsroom::{Newsroom, Wire};
use serde_json::Value;
use wiredesk_testkit::wait::wait_until;

const LIMIT: Duration = Duration::from_secs(60);
const EMBEDDED: &str = "[transport]\nkind = \"embedded\"\n";

fn nitf(id: &str, manages: &str, text: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><nitf><head><title>{text}</title>\
         <docdata management-status=\"usable\"{manages}><doc-id id-string=\"{id}\" regsrc=\"COAST\"/>\
         <du-key key=\"{id}\" generation=\"1\"/><date.issue norm=\"20260306T192751+1000\"/></docdata>\
         </head><body><body.head><hedline><hl1>{text}</hl1></hedline></body.head><body.content>\
         <p>{text}, and the keeper of Shell Bay said on Monday that the counting went on.</p>\
         </body.content></body></nitf>"
    )
}

/// A message of an ANPA 1312 wire.
fn anpa(number: &str, slug: &str, lines: &str) -> Vec<u8> {
    format!(
        "\u{16}\u{16}\u{1}{number}\u{1f}qlbxm\r\nr e\u{11}\u{13} {slug}   03-11 0059\r\n\
         \u{2}\u{2}{slug}<\r\n{lines}\r\n\t   \u{3}BW-WF-03-11-26 1426GMT<\r\n\r\n\u{c}\r\n\u{4}"
    )
    .into_bytes()
}

/// The events so far: id and status of each.
fn events(newsroom: &Newsroom) -> Vec<(String, String)> {
    let read = |record: &Value| -> (String, String) {
        let text = |field: &str| {
            record["article"][field]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        (text("uri"), text("pubStatus"))
    };
    newsroom.records("enriched").iter().map(read).collect()
}

fn await_event(newsroom: &Newsroom, story: &str, status: &str) {
    wait_until(&format!("{story} is {status}"), LIMIT, || {
        newsroom.is_open()
            && events(newsroom)
                .iter()
                .any(|(uri, stands)| uri.contains(story) && stands == status)
    });
}

#[test]
fn management_documents_and_shouted_kills_take_down_what_they_name() {
    let newsroom = Newsroom::new(&Wire::new(1), "", EMBEDDED);
    let folder = newsroom.folder("wire");
    newsroom.write_sources(&format!(
        "[[source]]\nid = \"wire\"\nkind = \"folder\"\npath = \"{}\"\npoll_seconds = 1\n",
        folder.display()
    ));
    let deliver = |name: &str, document: &[u8]| {
        let new = folder.join(format!(".{name}"));
        std::fs::write(&new, document).expect("a file in a folder of ours");
        std::fs::rename(new, folder.join(name)).expect("a finished file");
    };
    let _service = newsroom.start("wiredesk", &["run"], "run.log");
    deliver(
        "reef.xml",
        nitf("reef-1", "", "Divers count coral").as_bytes(),
    );
    let story = "^Old lighthouse goes dark<\r\n\t   SHELL BAY, Arland (BW) _ The lighthouse of \
                 Shell Bay went dark on Wednesday after 140 years.\r\n";
    deliver(
        "lighthouse.txt",
        &anpa("V4644", "BC-ARL--Lighthouse", story),
    );
    await_event(&newsroom, "reef-1", "usable");
    await_event(&newsroom, "lighthouse", "usable");
    let manages = " management-doc-idref=\"reef-1\" management-idref-status=\"canceled\"";
    deliver(
        "note.xml",
        nitf("note-2", manages, "Count is repeated").as_bytes(),
    );
    let kill = "^BITTE NICHT VERWENDEN<\r\n^KILL KILL KILL<\r\n\t   Kill V4644, Lighthouse.\r\n";
    deliver("kill.txt", &anpa("V4645", "BC-ARL--Lighthouse-KILL", kill));
    await_event(&newsroom, "reef-1", "canceled");
    await_event(&newsroom, "note-2", "usable");
    await_event(&newsroom, "lighthouse", "canceled");
    let current = newsroom.records("current");
    let taken_back = current.iter().filter(|value| value.is_null()).count();
    assert_eq!(taken_back, 2, "{current:?}");
}

use super::*;
use crate::scenario::Catalog;

#[test]
fn dump() {
    for e in Catalog::builtin().entries() {
        let l = e.loaded.as_ref().unwrap();
        let all = mutants(&l.scenario).unwrap();
        println!("=== {} {}", e.id, all.len());
        for m in all { println!("{}\n      {}", m.id, m.what); std::fs::create_dir_all("/tmp/mut").unwrap();
          std::fs::write(format!("/tmp/mut/{}-{}.sh", e.id, m.id.replace('/', "_").chars().take(150).collect::<String>()), &m.script).unwrap(); }
    }
}

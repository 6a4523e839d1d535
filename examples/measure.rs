use roster::{
    clock::Clock,
    db::{Db, Options},
    world,
};
use std::sync::Arc;
use std::time::Instant;
#[global_allocator]
static A: mimalloc::MiMalloc = mimalloc::MiMalloc;
#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let (url, file, out) = (args.next().unwrap(), args.next().unwrap(), args.next().unwrap());
    let db = Db::connect(&Options::new(url), Clock::default()).await.unwrap();
    db.migrate().await.unwrap();
    let t = Instant::now();
    let last = std::sync::Mutex::new(Instant::now());
    let r = world::import(
        &db,
        std::fs::File::open(file).unwrap(),
        Arc::new(move |p: world::Progress| {
            let mut l = last.lock().unwrap();
            if l.elapsed().as_secs() >= 5 {
                eprintln!("{p:?}");
                *l = Instant::now();
            }
        }),
    )
    .await;
    match r {
        Ok(c) => println!("imported {c} in {:?}", t.elapsed()),
        Err(e) => {
            println!("error: {e} in {:?}", t.elapsed());
        }
    }
    let t = Instant::now();
    let c = world::export(&db, std::io::BufWriter::new(std::fs::File::create(out).unwrap()))
        .await
        .unwrap();
    println!("exported {c} in {:?}", t.elapsed());
    let s = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", s.lines().find(|l| l.starts_with("VmHWM")).unwrap());
}

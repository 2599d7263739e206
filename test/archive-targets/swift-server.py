# A private OpenStack Swift with its S3 interface, all of it in one process: it verifies signatures, keeps parts of
# uploads apart until they are completed, and answers ranges. Usage: swift-server.py FOLDER PORT ACCOUNT:USER KEY

import os
import socket
import sys

import eventlet
import eventlet.wsgi

eventlet.monkey_patch()

from swift.common import utils  # noqa: E402

folder, port, user, key = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]

with open(os.path.join(folder, 'swift.conf'), 'w') as conf:
    conf.write('[swift-hash]\nswift_hash_path_suffix = holdfast\n[swift-constraints]\nmax_file_size = 5368709122\n')
utils.set_swift_dir(folder)

from swift.account import server as account_server  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.storage_policy import reload_storage_policies  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402
from swift.container import server as container_server  # noqa: E402
from swift.obj import mem_server  # noqa: E402

reload_storage_policies()


def listen(at):
    listener = eventlet.listen(('127.0.0.1', at))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class Silent:
    def write(self, *_):
        pass

    def flush(self):
        pass


def serve(listener, app):
    eventlet.spawn(eventlet.wsgi.server, listener, app, Silent(), debug=False, socket_timeout=60)


devices = os.path.join(folder, 'devices')
os.makedirs(os.path.join(devices, 'one'))
conf = {'devices': devices, 'mount_check': 'false', 'swift_dir': folder, 'fallocate_reserve': '0', 'disable_fallocate': 'true'}
servers = (
    ('account', account_server.AccountController(conf)),
    ('container', container_server.ContainerController(conf)),
    ('object', mem_server.ObjectController(conf)),
)
for name, app in servers:
    listener = listen(0)
    builder = RingBuilder(1, 1, 0)
    builder.add_dev({
        'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': listener.getsockname()[1],
        'device': 'one', 'weight': 1, 'meta': '',
    })
    builder.rebalance()
    builder.get_ring().save(os.path.join(folder, name + '.ring.gz'))
    serve(listener, app)

proxy = os.path.join(folder, 'proxy.conf')
with open(proxy, 'w') as conf:
    conf.write('''[DEFAULT]
swift_dir = %s
[pipeline:main]
pipeline = catch_errors listing_formats cache s3api tempauth bulk slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
error_suppression_limit = 1
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
min_segment_size = 1
# Short pages, so that whoever lists has to turn them.
max_bucket_listing = 3
max_parts_listing = 1
max_upload_part_num = 10000
s3_acl = false
[filter:tempauth]
use = egg:swift#tempauth
user_%s = %s .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
''' % (folder, user.replace(':', '_'), key))
app = loadapp(proxy)
listener = listen(port)
print('ready', flush=True)
eventlet.wsgi.server(listener, app, Silent(), debug=False, socket_timeout=60)
